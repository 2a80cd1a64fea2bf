/** Which port to speak from, where nobody says (RFC 6056). */

import type { Random } from "../base/random.ts";
import { SipHash } from "../base/siphash.ts";

/**
 * Linux's first, and all above it. RFC 6056 §3.2 would rather start at 1024; but a server's port that a client took by
 * chance is a service that does not start.
 */
const FIRST = 32768;
const LAST = 65535;

export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Who guesses the port of a connection can disturb it, so ports are not simply counted up.
 *
 * @example
 * const ports = new EphemeralPorts(new Random(7));
 * const port = ports.any((port) => port % 2 === 0);
 * port !== undefined && port >= 32768 && port % 2 === 0; // true
 */
export class EphemeralPorts {
  readonly #random: Random;
  readonly #first: number;
  readonly #count: number;
  readonly #hash: SipHash;
  /** What all destinations count by. */
  #next: number;

  constructor(random: Random, { first, last }: Range = { first: FIRST, last: LAST }) {
    this.#random = random;
    this.#first = first;
    this.#count = last - first + 1;
    this.#hash = new SipHash(random.bytes(16));
    this.#next = random.below(this.#count);
  }

  /** A port by chance: for who speaks with anybody (algorithm 1). Undefined where none is free. */
  any(isFree: (port: number) => boolean): number | undefined {
    const start = this.#random.below(this.#count);
    for (let i = 0; i < this.#count; i++) {
      const port = this.#at(start + i);
      if (isFree(port)) return port;
    }
    return undefined;
  }

  /**
   * A port to speak with that one, counted up from a start which only we can compute (algorithm 3): so the same four
   * numbers come again as late as possible, when the other side has forgotten the connection that had them.
   */
  towards(local: number, remote: number, remotePort: number, isFree: (port: number) => boolean): number | undefined {
    const start = this.#hash.of([local, remote, remotePort]).lo;
    for (let i = 0; i < this.#count; i++) {
      const port = this.#at(start + this.#next);
      this.#next = (this.#next + 1) % this.#count;
      if (isFree(port)) return port;
    }
    return undefined;
  }

  #at(offset: number): number {
    return this.#first + (offset % this.#count);
  }
}
