import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Lru } from "../../../src/cache/eviction/lru.ts";
import { type Item, namesOf, several } from "./items.ts";

/** Everybody, in the order in which they go. */
function drained(lru: Lru<Item>): Item[] {
  const gone: Item[] = [];
  for (let item = lru.evict(); item !== undefined; item = lru.evict()) gone.push(item);
  return gone;
}

test("who was used the longest time ago goes first", () => {
  const lru = new Lru<Item>();
  const items = several("item", 4);
  for (const item of items) lru.add(item);
  lru.touch(items[0]!);
  lru.touch(items[2]!);
  lru.touch(items[2]!);
  deepEqual(namesOf(drained(lru)), ["item 1", "item 3", "item 0", "item 2"]);
});

test("a replacement stands where the other stood", () => {
  const lru = new Lru<Item>();
  const items = several("item", 3);
  const [other] = several("other", 1);
  for (const item of items) lru.add(item);
  lru.replace(items[1]!, other!);
  lru.remove(items[0]!);
  deepEqual(namesOf(drained(lru)), ["other 0", "item 2"]);
});
