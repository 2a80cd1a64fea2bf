/** What the tests of eviction throw out. */

import type { Evictable } from "../../../src/cache/eviction/evictable.ts";
import { hashOf } from "../../../src/cache/eviction/hash.ts";

export class Item implements Evictable<Item> {
  readonly name: string;
  readonly weight: number;
  readonly hash: number;
  mark = 0;
  newer: Item | undefined = undefined;
  older: Item | undefined = undefined;

  constructor(name: string, weight = 1) {
    this.name = name;
    this.weight = weight;
    this.hash = hashOf(name, 0);
  }
}

/** Some that are called so, from 0 on. */
export const several = (name: string, count: number): Item[] =>
  Array.from({ length: count }, (_, i) => new Item(`${name} ${i}`));

export const namesOf = (items: Iterable<Item>): string[] => Array.from(items, ({ name }) => name);
