/** Who knows the future: how well a cache can do, as far as it can be known. */

import { Random } from "../src/base/random.ts";
import type { Trace } from "./traces.ts";

const NEVER = 2 ** 31 - 1;

/** For each request: when the same object is asked for next. */
export function nextUses({ requests, sizes }: Trace): Int32Array {
  const next = new Int32Array(requests.length);
  const last = new Int32Array(sizes.length).fill(NEVER);
  for (let i = requests.length - 1; i >= 0; i--) {
    next[i] = last[requests[i]!]!;
    last[requests[i]!] = i;
  }
  return next;
}

/** Objects in a cache, any of which can be had by its place. */
class Bag {
  readonly items: number[] = [];
  readonly #places: Int32Array;

  constructor(objects: number) {
    this.#places = new Int32Array(objects).fill(-1);
  }

  has(item: number): boolean {
    return this.#places[item] !== -1;
  }

  add(item: number): void {
    this.#places[item] = this.items.length;
    this.items.push(item);
  }

  remove(item: number): void {
    const last = this.items.pop()!;
    const place = this.#places[item]!;
    this.#places[item] = -1;
    if (last === item) return;
    this.items[place] = last;
    this.#places[last] = place;
  }
}

/** Hits, and bytes of them. */
export interface Hits {
  objects: number;
  bytes: number;
}

/**
 * Who is asked for last has to go (Belady's MIN), the newcomer included. With objects of one size nothing is better; with
 * sizes it is near the best for bytes.
 */
export function belady(trace: Trace, next: Int32Array, budget: number): Hits {
  const { requests, sizes } = trace;
  const bag = new Bag(sizes.length);
  const due = new Int32Array(sizes.length);
  const farthest = new Heap(requests.length);
  const hits = { objects: 0, bytes: 0 };
  let used = 0;
  for (let i = 0; i < requests.length; i++) {
    const object = requests[i]!;
    const size = sizes[object]!;
    due[object] = next[i]!;
    if (bag.has(object)) {
      hits.objects++;
      hits.bytes += size;
      if (next[i] === NEVER) {
        bag.remove(object);
        used -= size;
      } else farthest.push(next[i]!);
      continue;
    }
    if (next[i] === NEVER || size > budget) continue;
    bag.add(object);
    used += size;
    farthest.push(next[i]!);
    while (used > budget) {
      const when = farthest.pop();
      const victim = requests[when]!;
      // It may have been asked for since, or have gone.
      if (!bag.has(victim) || due[victim] !== when) continue;
      bag.remove(victim);
      used -= sizes[victim]!;
    }
  }
  return hits;
}

/** Candidates that are compared, of all in the cache. */
const SAMPLE = 32;

/**
 * Who takes most room for the longest time has to go: size × time until the next use, the greatest of a sample. Nobody
 * knows the best for objects of different sizes; this comes close.
 */
export function beladySize(trace: Trace, next: Int32Array, budget: number): Hits {
  const { requests, sizes } = trace;
  const random = new Random(1);
  const bag = new Bag(sizes.length);
  const due = new Int32Array(sizes.length);
  const hits = { objects: 0, bytes: 0 };
  let used = 0;
  for (let i = 0; i < requests.length; i++) {
    const object = requests[i]!;
    const size = sizes[object]!;
    due[object] = next[i]!;
    const isHit = bag.has(object);
    if (isHit) {
      hits.objects++;
      hits.bytes += size;
    }
    if (next[i] === NEVER || size > budget) {
      if (isHit) {
        bag.remove(object);
        used -= size;
      }
      continue;
    }
    if (isHit) continue;
    bag.add(object);
    used += size;
    while (used > budget) {
      let victim = object;
      let worst = size * (next[i]! - i);
      for (let look = 0; look < SAMPLE; look++) {
        const one = bag.items[random.below(bag.items.length)]!;
        const cost = sizes[one]! * (due[one]! - i);
        if (cost > worst) [victim, worst] = [one, cost];
      }
      bag.remove(victim);
      used -= sizes[victim]!;
      if (victim === object) break;
    }
  }
  return hits;
}

/** The largest first. */
class Heap {
  readonly #values: Int32Array;
  #size = 0;

  constructor(most: number) {
    this.#values = new Int32Array(most + 1);
  }

  push(value: number): void {
    const values = this.#values;
    let at = ++this.#size;
    for (; at > 1 && values[at >> 1]! < value; at >>= 1) values[at] = values[at >> 1]!;
    values[at] = value;
  }

  pop(): number {
    const values = this.#values;
    const top = values[1]!;
    const last = values[this.#size--]!;
    let at = 1;
    for (let child = 2; child <= this.#size; child = 2 * at) {
      if (child < this.#size && values[child + 1]! > values[child]!) child++;
      if (values[child]! <= last) break;
      values[at] = values[child]!;
      at = child;
    }
    values[at] = last;
    return top;
  }
}
