/** How often something was asked for lately, roughly: a count-min sketch that forgets (Einziger et al., "TinyLFU", 2017). */

const FEWEST = 1024;

/** Counters for each item that is expected, and those that count one hash. */
const PER_ITEM = 8;
const ROWS = 4;

/** Higher it counts not: who was popular once should not stay so for ever. */
const MOST = 15;

/** After as many uses per item all counters are halved. */
const SAMPLE = 10;

/**
 * A byte a counter. Says too much where others share all of a hash's counters, never too little but for what was forgotten.
 *
 * @example
 * const sketch = new Sketch();
 * sketch.count(7);
 * sketch.count(7);
 * sketch.estimate(7); // 2
 * sketch.estimate(8); // 0
 */
export class Sketch {
  #items = FEWEST;
  #counters = new Uint8Array(FEWEST * PER_ITEM);
  #counted = 0;

  /** Makes room for as many; what was counted stays. */
  expect(items: number): void {
    while (this.#items < items) {
      this.#items *= 2;
      const before = this.#counters;
      // A place in the table is the low bits of a number: with one bit more there are two places that it may have come from.
      this.#counters = new Uint8Array(2 * before.length);
      this.#counters.set(before);
      this.#counters.set(before, before.length);
    }
  }

  count(hash: number): void {
    const counters = this.#counters;
    const mask = counters.length - 1;
    const step = stepOf(hash);
    const least = this.estimate(hash);
    if (least === MOST) return;
    let at = startOf(hash);
    for (let row = 0; row < ROWS; row++, at += step) {
      // Only those that say the least: the others say too much already.
      if (counters[at & mask] === least) counters[at & mask] = least + 1;
    }
    if (++this.#counted >= SAMPLE * this.#items) this.#halve();
  }

  estimate(hash: number): number {
    const counters = this.#counters;
    const mask = counters.length - 1;
    const step = stepOf(hash);
    let least = MOST;
    let at = startOf(hash);
    for (let row = 0; row < ROWS; row++, at += step) least = Math.min(least, counters[at & mask]!);
    return least;
  }

  #halve(): void {
    // Four counters at a time; what falls out of one must not fall into its neighbour.
    const fours = new Uint32Array(this.#counters.buffer);
    for (let at = 0; at < fours.length; at++) fours[at] = (fours[at]! >>> 1) & 0x7f7f7f7f;
    this.#counted >>>= 1;
  }
}

const startOf = (hash: number): number => Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);

/** Odd, so that four steps end on four places. */
const stepOf = (hash: number): number => (Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) >>> 8) | 1;
