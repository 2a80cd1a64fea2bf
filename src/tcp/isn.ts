/** Initial sequence numbers, and where timestamps begin: nobody off the path may guess them (RFC 6528, RFC 7323 §5.4). */

import { SipHash } from "../base/siphash.ts";
import { isBefore, plus } from "./sequence.ts";

/** The clock of RFC 9293 §3.4.1: it ticks every four microseconds. */
const TICKS = 250;

/** So far behind the last number of an old connection its follower begins, at least: a window of those days and a bit. */
const GAP = 65_537;

/** What tells a connection from all others; IPv4 addresses and ports as numbers. */
export interface FourTuple {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

/**
 * A clock plus a keyed hash of the four-tuple: for one pair of ends the numbers only rise, so that old segments stand
 * out; from one pair nothing can be learnt about another.
 *
 * @example
 * const numbers = new InitialNumbers(new Uint8Array(16));
 * const tuple = { localAddress: 0x0a000001, localPort: 80, remoteAddress: 0x0a000002, remotePort: 40_000 };
 * numbers.sequence(tuple, 1000) - numbers.sequence(tuple, 0); // 250000
 */
export class InitialNumbers {
  readonly #hash: SipHash;

  /** `secret`: 16 bytes. */
  constructor(secret: Uint8Array) {
    this.#hash = new SipHash(secret);
  }

  /** ISN = M + F(localip, localport, remoteip, remoteport, secretkey) (RFC 6528 §3). */
  sequence(tuple: FourTuple, now: number): number {
    return (Math.floor(now * TICKS) + this.#of(tuple, 0)) >>> 0;
  }

  /**
   * The same for the follower of a connection that waits in TIME-WAIT, and would have sent `previous` next: larger than
   * any it has sent (RFC 9293 MAY-2 (1)), even if it was quicker than the clock.
   */
  sequenceBehind(previous: number, tuple: FourTuple, now: number): number {
    const number = this.sequence(tuple, now);
    return isBefore(previous, number) ? number : plus(previous, GAP);
  }

  /** What to add to the milliseconds. */
  timestampOffset(tuple: FourTuple): number {
    return this.#of(tuple, 1);
  }

  #of({ localAddress, localPort, remoteAddress, remotePort }: FourTuple, purpose: number): number {
    return this.#hash.of([localAddress, remoteAddress, (localPort << 16) | remotePort, purpose]).lo;
  }
}
