/** A cable between two adapters, simulated: frames queue to get on it, take their time, and arrive in order. */

import { bitRate } from "../base/bit-rate.ts";
import type { Clock } from "../base/clock.ts";
import { milliseconds } from "../base/duration.ts";
import { ETHERNET_HEADER, FCS } from "../wire/ethernet.ts";
import { newLinkCounters } from "./counters.ts";
import { giveFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import { type Later, Transit } from "./transit.ts";

export interface CableOptions {
  readonly clock: Clock;
  /**
   * Bits per second, each way: `100e6`, `"100Mbit"`. A frame's own bytes count, not the preamble and the gap around it,
   * so that sums can be done in the head. Default `Infinity`.
   */
  readonly rate?: number | string | undefined;
  /** How long the signal takes from end to end, in milliseconds or as text: `30`, `"30ms"`. Default 0. */
  readonly delay?: number | string | undefined;
  /**
   * How many bytes may wait in front of a frame which wants to get on the cable; what finds more is dropped. Where
   * the rate is infinite, nothing waits. Default 256 KiB: about what a switch has for a port.
   */
  readonly queue?: number | undefined;
  /** Default 1500. */
  readonly mtu?: number | undefined;
  /** Default true. */
  readonly hasFcs?: boolean | undefined;
  /** How frames that are due at once are delivered after all. Default `clock.after(0, run)`. */
  readonly later?: Later | undefined;
}

/**
 * Both ways at once, each with a queue of its own.
 *
 * @example
 * const cable = new Cable({ clock, rate: "10Mbit", delay: "5ms" });
 * cable.b.onFrame = (frame) => console.log(frame.length, clock.now());
 * cable.a.send(takeFrame(1250));
 * await clock.advance(6); // prints 1250 6: a millisecond to get on the cable, and five on it
 */
export class Cable {
  readonly a: CableEnd;
  readonly b: CableEnd;

  constructor(options: CableOptions) {
    this.a = new CableEnd(options, (frame) => this.b.receive(frame));
    this.b = new CableEnd(options, (frame) => this.a.receive(frame));
  }
}

/**
 * Where an adapter is plugged in.
 *
 * @example
 * const end = new Cable({ clock, mtu: 9000 }).a;
 * end.send(takeFrame(9019)); // false
 * end.counters.tooLong; // 1
 */
export class CableEnd implements Link {
  readonly mtu: number;
  readonly hasFcs: boolean;
  readonly counters = newLinkCounters();
  onFrame: ((frame: Uint8Array) => void) | undefined;
  readonly #clock: Clock;
  readonly #transit: Transit;
  readonly #longest: number;
  readonly #delay: number;
  /** How long a byte takes to get on the cable, and how long a frame may have to wait before it does. */
  readonly #msPerByte: number;
  readonly #patience: number;
  #busyUntil = 0;
  #isClosed = false;

  /** @internal */
  constructor(options: CableOptions, deliver: (frame: Uint8Array) => void) {
    const { clock, rate = Infinity, delay = 0, queue = 256 * 1024, mtu = 1500, hasFcs = true, later } = options;
    this.mtu = mtu;
    this.hasFcs = hasFcs;
    this.onFrame = undefined;
    this.#clock = clock;
    this.#transit = new Transit(clock, deliver, later);
    this.#longest = ETHERNET_HEADER + mtu + (hasFcs ? FCS : 0);
    this.#delay = milliseconds(delay, "delay");
    this.#msPerByte = 8000 / bitRate(rate, "rate");
    this.#patience = queue * this.#msPerByte;
  }

  /** How many frames are on their way from here. */
  get underWay(): number {
    return this.#transit.size;
  }

  send(frame: Uint8Array): boolean {
    const { counters } = this;
    const now = this.#clock.now();
    const begins = Math.max(now, this.#busyUntil);
    if (this.#isClosed) counters.lost++;
    else if (frame.length > this.#longest) counters.tooLong++;
    else if (begins - now > this.#patience) counters.dropped++;
    else {
      counters.sent++;
      counters.sentBytes += frame.length;
      this.#busyUntil = begins + frame.length * this.#msPerByte;
      this.#transit.add(frame, this.#busyUntil + this.#delay, now);
      return true;
    }
    giveFrame(frame);
    return false;
  }

  /** @internal What arrives from the other end. */
  receive(frame: Uint8Array): void {
    const { counters, onFrame } = this;
    if (onFrame === undefined || this.#isClosed) {
      counters.lost++;
      giveFrame(frame);
      return;
    }
    counters.received++;
    counters.receivedBytes += frame.length;
    onFrame(frame);
  }

  /** The plug is pulled: what is on its way from here still arrives, what comes here is lost. */
  close(): void {
    this.#isClosed = true;
  }
}
