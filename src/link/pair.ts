/** The leanest link there is: two ends in one memory, without FCS, time or loss. */

import { ETHERNET_HEADER } from "../wire/ethernet.ts";
import { newLinkCounters } from "./counters.ts";
import { giveFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import type { Later } from "./transit.ts";

export interface PairOptions {
  /** Default 1500. */
  readonly mtu?: number | undefined;
  /** Asked once whenever something waits, to `deliver()` after all: Node's `setImmediate`. Without it the owner does. */
  readonly later?: Later | undefined;
  /** How many bytes may wait at each end; what finds more is dropped. Default 64 MiB. */
  readonly queue?: number | undefined;
}

/**
 * Whatever is sent waits until it is delivered, all of it in one go: who sends is never called back from within.
 *
 * @example
 * const pair = new Pair();
 * pair.b.onFrame = (frame) => console.log(frame.length);
 * pair.a.send(takeFrame(60)); // true
 * pair.deliver(); // 1
 */
export class Pair {
  readonly a: PairEnd;
  readonly b: PairEnd;
  readonly #later: Later | undefined;
  readonly #run = (): void => {
    this.#isAsked = false;
    this.deliver();
  };
  #isAsked = false;
  #isDelivering = false;

  constructor({ mtu = 1500, later, queue = 64 * 1024 * 1024 }: PairOptions = {}) {
    const ask = (): void => this.#ask();
    this.a = new PairEnd(mtu, queue, ask);
    this.b = new PairEnd(mtu, queue, ask);
    this.a.join(this.b);
    this.b.join(this.a);
    this.#later = later;
  }

  /** Both ways, what waits by now; what is sent meanwhile waits for the next time. So many have come out. */
  deliver(): number {
    if (this.#isDelivering) return 0;
    this.#isDelivering = true;
    const toA = this.a.swap();
    const toB = this.b.swap();
    try {
      this.a.deliver(toA);
      this.b.deliver(toB);
    } finally {
      this.#isDelivering = false;
    }
    return toA + toB;
  }

  #ask(): void {
    const later = this.#later;
    if (this.#isAsked || later === undefined) return;
    this.#isAsked = true;
    later(this.#run);
  }
}

/**
 * Where an adapter is plugged in.
 *
 * @example
 * const { a } = new Pair({ mtu: 65_000 });
 * a.send(takeFrame(65_014)); // true
 * a.counters.sentBytes; // 65014
 */
export class PairEnd implements Link {
  readonly mtu: number;
  readonly hasFcs = false;
  readonly counters = newLinkCounters();
  onFrame: ((frame: Uint8Array) => void) | undefined;
  readonly #longest: number;
  readonly #queue: number;
  readonly #ask: () => void;
  #far: PairEnd = this;
  /** What has come and waits, in an array that keeps its length; and the one that is being emptied. */
  #waiting: (Uint8Array | undefined)[] = [];
  #count = 0;
  #bytes = 0;
  #leaving: (Uint8Array | undefined)[] = [];
  #isClosed = false;

  /** @internal */
  constructor(mtu: number, queue: number, ask: () => void) {
    this.mtu = mtu;
    this.onFrame = undefined;
    this.#longest = ETHERNET_HEADER + mtu;
    this.#queue = queue;
    this.#ask = ask;
  }

  /** @internal */
  join(far: PairEnd): void {
    this.#far = far;
  }

  send(frame: Uint8Array): boolean {
    const far = this.#far;
    const { counters } = this;
    const { length } = frame;
    if (this.#isClosed) counters.lost++;
    else if (length > this.#longest) counters.tooLong++;
    else if (far.#bytes + length > this.#queue) counters.dropped++;
    else {
      counters.sent++;
      counters.sentBytes += length;
      far.#bytes += length;
      far.#waiting[far.#count++] = frame;
      if (far.#count === 1) this.#ask();
      return true;
    }
    giveFrame(frame);
    return false;
  }

  /** @internal From here on what comes waits for the next time; so many wait for this one. */
  swap(): number {
    const count = this.#count;
    const leaving = this.#leaving;
    this.#leaving = this.#waiting;
    this.#waiting = leaving;
    this.#count = 0;
    this.#bytes = 0;
    return count;
  }

  /** @internal */
  deliver(count: number): void {
    const { counters } = this;
    const frames = this.#leaving;
    for (let i = 0; i < count; i++) {
      const frame = frames[i]!;
      frames[i] = undefined;
      const { onFrame } = this;
      if (onFrame === undefined || this.#isClosed) {
        counters.lost++;
        giveFrame(frame);
        continue;
      }
      counters.received++;
      counters.receivedBytes += frame.length;
      onFrame(frame);
    }
  }

  /** The plug is pulled: what is on its way from here still arrives, what comes here is lost. */
  close(): void {
    this.#isClosed = true;
  }
}
