/** Least recently used: who was asked for the longest time ago has to go. */

import type { Evictable, Eviction } from "./evictable.ts";
import { Queue } from "./queue.ts";

/**
 * Simple and predictable, and helpless against whoever asks once for everything there is.
 *
 * @internal
 */
export class Lru<Item extends Evictable<Item>> implements Eviction<Item> {
  readonly #queue = new Queue<Item>();

  add(item: Item): void {
    this.#queue.push(item);
  }

  touch(item: Item): void {
    this.#queue.renew(item);
  }

  remove(item: Item): void {
    this.#queue.remove(item);
  }

  replace(old: Item, item: Item): void {
    this.#queue.replace(old, item);
  }

  evict(): Item | undefined {
    const victim = this.#queue.oldest;
    if (victim !== undefined) this.#queue.remove(victim);
    return victim;
  }
}
