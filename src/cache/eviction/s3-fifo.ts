/**
 * S3-FIFO: three queues, of which a small one tells who is worth keeping (Yang et al., "FIFO queues are all you need for
 * cache eviction", SOSP 2023).
 *
 *   newcomers → small ── used again ──→ main ── used since? once more
 *                  └── else → ghosts ── back ──↗   └── else → away
 */

import type { Evictable, Eviction } from "./evictable.ts";
import { Ghosts } from "./ghosts.ts";
import { Queue } from "./queue.ts";

/** The small queue's part of the room, as the authors have it. */
const SMALL = 0.1;

/** The mark: how often it was used, up to 3, and whether it is in the main queue. */
const USES = 3;
const IN_MAIN = 4;

/**
 * Nothing is moved on a hit. Queues are measured by weight, ghosts by number: as many as there are items.
 *
 * @internal
 */
export class S3Fifo<Item extends Evictable<Item>> implements Eviction<Item> {
  readonly #small = new Queue<Item>();
  readonly #main = new Queue<Item>();
  readonly #ghosts = new Ghosts();
  readonly #smallest: number;

  constructor(budget: number) {
    this.#smallest = budget * SMALL;
  }

  add(item: Item): void {
    const isBack = this.#ghosts.take(item.hash, this.#count);
    item.mark = isBack ? IN_MAIN : 0;
    this.#queueOf(item).push(item);
  }

  touch(item: Item): void {
    if ((item.mark & USES) < USES) item.mark++;
  }

  remove(item: Item): void {
    this.#queueOf(item).remove(item);
  }

  replace(old: Item, item: Item): void {
    item.mark = old.mark;
    this.#queueOf(old).replace(old, item);
  }

  evict(): Item | undefined {
    for (;;) {
      const isFull = this.#small.weight > this.#smallest || this.#main.count === 0;
      const item = isFull ? this.#small.oldest : this.#main.oldest;
      if (item === undefined) return undefined;
      this.#queueOf(item).remove(item);
      if (!this.#isSpared(item)) return item;
      this.#main.push(item);
    }
  }

  #isSpared(item: Item): boolean {
    const uses = item.mark & USES;
    if (item.mark >= IN_MAIN) {
      if (uses === 0) return false;
      item.mark--;
      return true;
    }
    // The authors want two uses; on our traces one does as well or better (docs/decisions/013).
    if (uses > 0) {
      item.mark = IN_MAIN;
      return true;
    }
    this.#ghosts.add(item.hash, this.#count);
    return false;
  }

  get #count(): number {
    return this.#small.count + this.#main.count;
  }

  #queueOf(item: Item): Queue<Item> {
    return item.mark >= IN_MAIN ? this.#main : this.#small;
  }
}
