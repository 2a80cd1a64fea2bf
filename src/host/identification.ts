/** The number that fragments of one packet have in common (RFC 791 §3.2, RFC 6864). */

import type { Random } from "../base/random.ts";

const COUNTERS = 256;

/**
 * Counts for each group of destinations on its own: one counter for all would tell anybody who can ask for a packet
 * how many others we send to (RFC 6274 §3.5).
 *
 * @example
 * const identifications = new Identifications(new Random(7));
 * const first = identifications.next(0x0a000001);
 * (identifications.next(0x0a000001) - first) & 0xffff; // 1
 */
export class Identifications {
  readonly #counters: Uint16Array;
  readonly #key: number;

  constructor(random: Random) {
    this.#counters = Uint16Array.from({ length: COUNTERS }, () => random.u32());
    // Odd, so that no bit of the address is lost.
    this.#key = random.u32() | 1;
  }

  next(destination: number): number {
    const at = Math.imul(destination, this.#key) >>> 24;
    const identification = this.#counters[at]!;
    this.#counters[at] = identification + 1;
    return identification;
  }
}
