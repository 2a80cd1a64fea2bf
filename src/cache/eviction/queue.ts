/** Items in a row, from the oldest to the newest, linked by themselves: whatever is done to one costs the same in a long row. */

import type { Evictable } from "./evictable.ts";

/**
 * Knows at any time how many there are, and what they weigh together.
 *
 * @internal
 */
export class Queue<Item extends Evictable<Item>> {
  oldest: Item | undefined;
  newest: Item | undefined;
  weight = 0;
  count = 0;

  push(item: Item): void {
    item.older = this.newest;
    item.newer = undefined;
    if (this.newest === undefined) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
    this.weight += item.weight;
    this.count++;
  }

  /** What is removed holds on to nobody: else whoever keeps it would keep all that were ever next to one another. */
  remove(item: Item): void {
    const { older, newer } = item;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.weight -= item.weight;
    this.count--;
  }

  /** To the end of the row, as the newest. */
  renew(item: Item): void {
    if (item === this.newest) return;
    this.remove(item);
    this.push(item);
  }

  /** `item` stands where `old` stood. */
  replace(old: Item, item: Item): void {
    const { older, newer } = old;
    item.older = older;
    item.newer = newer;
    if (older === undefined) this.oldest = item;
    else older.newer = item;
    if (newer === undefined) this.newest = item;
    else newer.older = item;
    old.older = undefined;
    old.newer = undefined;
    this.weight += item.weight - old.weight;
  }
}
