/**
 * SIEVE: a hand goes along the row from the oldest to the newest, and takes who was not used since it last came by
 * (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024).
 */

import type { Evictable, Eviction } from "./evictable.ts";
import { Queue } from "./queue.ts";

/**
 * Nobody is moved, neither when used nor when spared: newcomers are looked at soon, and those that proved good stay
 * behind the hand.
 *
 * @internal
 */
export class Sieve<Item extends Evictable<Item>> implements Eviction<Item> {
  readonly #queue = new Queue<Item>();
  /** Whom to look at next; undefined for the oldest. */
  #hand: Item | undefined;

  add(item: Item): void {
    item.mark = 0;
    this.#queue.push(item);
  }

  touch(item: Item): void {
    item.mark = 1;
  }

  remove(item: Item): void {
    if (item === this.#hand) this.#hand = item.newer;
    this.#queue.remove(item);
  }

  replace(old: Item, item: Item): void {
    if (old === this.#hand) this.#hand = item;
    item.mark = old.mark;
    this.#queue.replace(old, item);
  }

  /** After one round nobody is marked: it comes to an end. */
  evict(): Item | undefined {
    let victim = this.#hand ?? this.#queue.oldest;
    while (victim !== undefined && victim.mark === 1) {
      victim.mark = 0;
      victim = victim.newer ?? this.#queue.oldest;
    }
    if (victim === undefined) return undefined;
    this.#hand = victim.newer;
    this.#queue.remove(victim);
    return victim;
  }
}
