/**
 * W-TinyLFU: newcomers wait in a window, and come in if they are asked for more often than those who would have to go
 * (Einziger et al., "TinyLFU", 2017; weighed as in "Lightweight Robust Size Aware Cache Management", 2022).
 */

import type { Evictable, Eviction } from "./evictable.ts";
import { Queue } from "./queue.ts";
import { Sketch } from "./sketch.ts";

/** The window's part of the room. The authors have 1 %; but what is new is in demand for a while, and then 10 % do better. */
const WINDOW = 0.1;

/** Of the rest, the part of those who were used again in it. */
const PROTECTED = 0.8;

/** A large one may take the room of many, and to look at all of them may take long. */
const FARTHEST = 128;

/** The marks: where an item is. */
const IN_WINDOW = 0;
const ON_PROBATION = 1;
const IS_PROTECTED = 2;

/**
 * All three queues are by last use.
 *
 * @internal
 */
export class WTinyLfu<Item extends Evictable<Item>> implements Eviction<Item> {
  readonly #window = new Queue<Item>();
  readonly #probation = new Queue<Item>();
  readonly #protected = new Queue<Item>();
  readonly #sketch = new Sketch();
  readonly #widest: number;
  readonly #most: number;

  constructor(budget: number) {
    this.#widest = budget * WINDOW;
    this.#most = budget - this.#widest;
  }

  add(item: Item): void {
    this.#sketch.expect(this.#window.count + this.#probation.count + this.#protected.count + 1);
    this.#sketch.count(item.hash);
    item.mark = IN_WINDOW;
    this.#window.push(item);
  }

  touch(item: Item): void {
    this.#sketch.count(item.hash);
    if (item.mark !== ON_PROBATION) {
      this.#queueOf(item).renew(item);
      return;
    }
    this.#move(item, IS_PROTECTED);
    while (this.#protected.weight > this.#most * PROTECTED) this.#move(this.#protected.oldest!, ON_PROBATION);
  }

  remove(item: Item): void {
    this.#queueOf(item).remove(item);
  }

  replace(old: Item, item: Item): void {
    item.mark = old.mark;
    this.#queueOf(old).replace(old, item);
  }

  evict(coming: number): Item | undefined {
    this.#spread();
    const victim = this.#victim(coming);
    if (victim !== undefined) this.#queueOf(victim).remove(victim);
    return victim;
  }

  /** Where the main part has room, as it has to begin with, one needs no merits. */
  #spread(): void {
    let free = this.#most - this.#probation.weight - this.#protected.weight;
    for (;;) {
      const candidate = this.#window.oldest;
      if (candidate === undefined || candidate.weight > free) return;
      if (this.#window.weight - candidate.weight < this.#widest) return;
      free -= candidate.weight;
      this.#move(candidate, ON_PROBATION);
    }
  }

  #victim(coming: number): Item | undefined {
    const inside = this.#probation.oldest ?? this.#protected.oldest;
    const candidate = this.#window.oldest;
    if (inside === undefined) return candidate;
    if (candidate === undefined || this.#window.weight + coming <= this.#widest) return inside;
    if (!this.#deserves(candidate, inside)) return candidate;
    this.#move(candidate, ON_PROBATION);
    return inside;
  }

  /** More than all of those together whose room it would take. */
  #deserves(candidate: Item, victim: Item): boolean {
    let merits = this.#sketch.estimate(candidate.hash);
    let room = candidate.weight;
    let one: Item | undefined = victim;
    for (let looked = 0; one !== undefined && room > 0 && looked < FARTHEST; looked++, one = one.newer) {
      merits -= this.#sketch.estimate(one.hash);
      if (merits <= 0) return false;
      room -= one.weight;
    }
    return true;
  }

  #move(item: Item, to: number): void {
    this.#queueOf(item).remove(item);
    item.mark = to;
    this.#queueOf(item).push(item);
  }

  #queueOf(item: Item): Queue<Item> {
    if (item.mark === IN_WINDOW) return this.#window;
    return item.mark === ON_PROBATION ? this.#probation : this.#protected;
  }
}
