/** Chance that can be had again: the same seed gives the same numbers. */

/**
 * A stream of numbers from a 32-bit seed (the generator is sfc32 with a counter,
 * small and good enough to shuffle packets with; it is not for secrets).
 *
 * @example
 * const random = new Random(7);
 * random.below(6) + 1; // a die, the same one every time
 */
export class Random {
  readonly seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#a = this.seed;
    this.#b = this.seed ^ 0x9e3779b9;
    this.#c = ~this.seed;
    // The first outputs still show the seed; twelve rounds are what the generator's author asks for.
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** 0 … 2³² − 1. */
  u32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number, 0 ≤ n < `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
