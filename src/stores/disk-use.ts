/** Who of a disk store's responses goes first: that which has not been used for longest, as near as is worth while. */

import type { Entry } from "./disk-entry.ts";
import type { DiskIndex } from "./disk-index.ts";

/** So many uses are remembered before they are written down. */
const MOST_REMEMBERED = 1024;

/** How many that might go are looked at together. */
const SOME = 16;

/**
 * Time is counted in what is stored: a generation is a 64th of the budget. A response's use is noted once in a generation,
 * and in memory at first, so that a hit costs no write; what is lost with the process is only the order in which to go.
 *
 * @internal
 */
export class Use {
  readonly #step: number;
  #generation: number;
  #stored = 0;
  readonly #used = new Map<number, number>();

  constructor(budget: number, newest: number) {
    this.#step = budget / 64;
    this.#generation = newest;
  }

  get generation(): number {
    return this.#generation;
  }

  /** So many bytes have been stored. */
  passes(bytes: number): void {
    this.#stored += bytes;
    if (this.#stored < this.#step) return;
    this.#stored = 0;
    this.#generation += 1;
  }

  /** Somebody has asked for it. */
  note({ id, used }: Pick<Entry, "id" | "used">): void {
    if (used < this.#generation) this.#used.set(id, this.#generation);
  }

  /** Whether there is so much that it should be written down. */
  get isMuch(): boolean {
    return this.#used.size >= MOST_REMEMBERED;
  }

  writeDown(index: Pick<DiskIndex, "use">): void {
    for (const [id, used] of this.#used) index.use(id, used);
    this.#used.clear();
  }

  /** The next few to go; none where there are none. */
  oldest(index: Pick<DiskIndex, "use" | "oldest">): number[] {
    for (;;) {
      const old = index.oldest(SOME);
      const unused = old.filter(({ id }) => !this.#used.has(id));
      if (unused.length > 0 || old.length === 0) return unused.map(({ id }) => id);
      for (const { id } of old) {
        index.use(id, this.#used.get(id)!);
        this.#used.delete(id);
      }
    }
  }
}
