/** Where a simulated machine's adapter is plugged in: who is not heard here, and who writes down what is sent. */

import { giveFrame } from "../link/frames.ts";
import type { Link } from "../link/link.ts";
import { ETHERNET_HEADER, ETHERTYPE } from "../wire/ethernet.ts";

/** Whom a machine can neither hear nor reach: partitions are made of this. */
export interface Separation {
  /** From everybody, as if its plug were pulled. */
  isAlone: boolean;
  /** From these addresses of IPv4, as if somebody on the way dropped their packets: neighbours still answer to ARP. */
  readonly from: Set<number>;
}

/** Sends a frame by way of somebody who takes notes. `isLost`: it will get nowhere. */
export type Recorder = (frame: Uint8Array, isLost: boolean, send: (frame: Uint8Array) => boolean) => boolean;

/** Where the two addresses are in a frame. */
const AT = { source: ETHERNET_HEADER + 12, destination: ETHERNET_HEADER + 16 };

/**
 * A link around a link, which may be exchanged: what is on its way over the old one still arrives.
 *
 * @example
 * const separation = { isAlone: false, from: new Set<number>() };
 * const { a, b } = new Pair();
 * const gate = new Gate(a, separation);
 * separation.isAlone = true;
 * gate.send(takeFrame(60)); // true
 * a.counters.sent; // 0
 */
export class Gate implements Link {
  readonly mtu: number;
  readonly hasFcs: boolean;
  onFrame: ((frame: Uint8Array) => void) | undefined;
  recorder: Recorder | undefined;
  readonly #separation: Separation;
  #link: Link;
  #isClosed = false;

  constructor(link: Link, separation: Separation) {
    this.mtu = link.mtu;
    this.hasFcs = link.hasFcs;
    this.onFrame = undefined;
    this.recorder = undefined;
    this.#separation = separation;
    this.#link = link;
    this.plug(link);
  }

  /** From here on over this link, which must be like the one before. */
  plug(link: Link): void {
    this.#link = link;
    link.onFrame = (frame) => this.#receive(frame);
  }

  /** What is separated from whom it is for is lost without a word, as on a cable that is cut. */
  send(frame: Uint8Array): boolean {
    const isLost = this.#isSeparated(frame, "destination");
    if (this.recorder !== undefined) return this.recorder(frame, isLost, isLost ? lose : this.#pass);
    return isLost ? lose(frame) : this.#link.send(frame);
  }

  readonly #pass = (frame: Uint8Array): boolean => this.#link.send(frame);

  /** What is on its way from here still arrives; what comes is lost. */
  close(): void {
    this.#isClosed = true;
    this.#link.close();
  }

  #receive(frame: Uint8Array): void {
    const { onFrame } = this;
    if (onFrame === undefined || this.#isClosed || this.#isSeparated(frame, "source")) giveFrame(frame);
    else onFrame(frame);
  }

  #isSeparated(frame: Uint8Array, who: keyof typeof AT): boolean {
    const { isAlone, from } = this.#separation;
    return isAlone || (from.size > 0 && from.has(addressIn(frame, who)));
  }
}

function lose(frame: Uint8Array): boolean {
  giveFrame(frame);
  return true;
}

/** Of an IPv4 packet; 0 where it is none. */
function addressIn(frame: Uint8Array, who: keyof typeof AT): number {
  const at = AT[who];
  const isIpv4 = frame.length >= at + 4 && ((frame[12]! << 8) | frame[13]!) === ETHERTYPE.ipv4;
  if (!isIpv4) return 0;
  return ((frame[at]! << 24) | (frame[at + 1]! << 16) | (frame[at + 2]! << 8) | frame[at + 3]!) >>> 0;
}
