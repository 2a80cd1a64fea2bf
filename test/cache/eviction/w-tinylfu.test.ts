import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { WTinyLfu } from "../../../src/cache/eviction/w-tinylfu.ts";
import { Item, namesOf, several } from "./items.ts";

/** Full, for a weight of 100: ten in the window, the others in the main part. */
function full(): { policy: WTinyLfu<Item>; items: Item[] } {
  const policy = new WTinyLfu<Item>(100);
  const items = several("item", 100);
  for (const item of items) policy.add(item);
  return { policy, items };
}

test("a newcomer who is not asked for more often than the oldest inside has to go", () => {
  const { policy, items } = full();
  // It was asked for once, and so was the oldest inside.
  equal(policy.evict(1), items[90]);
  policy.touch(items[91]!);
  policy.touch(items[91]!);
  equal(policy.evict(1), items[0]);
});

test("one who is back is known", () => {
  const { policy, items } = full();
  for (let i = 0; i < 5; i++) policy.touch(items[90]!);
  policy.remove(items[90]!);
  const back = new Item("item 90");
  policy.add(back);
  // Those before it in the window have to go; then it is its turn, and somebody else's inside.
  deepEqual(namesOf(Array.from({ length: 9 }, () => policy.evict(10)!)), namesOf(items.slice(91)));
  equal(policy.evict(10), items[0]);
});

test("what was used inside is protected, and in the end on probation again", () => {
  const { policy, items } = full();
  for (const item of items.slice(0, 5)) policy.touch(item);
  const gone = Array.from({ length: 95 }, () => policy.evict(0)!);
  deepEqual(namesOf(gone.filter((item) => items.indexOf(item) < 5)), []);
  // Nothing else is there any more.
  deepEqual(namesOf(Array.from({ length: 5 }, () => policy.evict(0)!)), namesOf(items.slice(0, 5)));
  equal(policy.evict(0), undefined);
});

test("a large one must be worth all of those whose room it takes", () => {
  const { policy, items } = full();
  for (const item of items.slice(90)) policy.remove(item);
  const large = new Item("large", 10);
  policy.add(large);
  for (let i = 0; i < 7; i++) policy.touch(large);
  // Asked for eight times, and ten others once each.
  equal(policy.evict(1), large);
  const better = new Item("large", 10);
  policy.add(better);
  for (let i = 0; i < 5; i++) policy.touch(better);
  equal(policy.evict(1), items[0]);
});

test("where there is room inside, one needs no merits", () => {
  const policy = new WTinyLfu<Item>(100);
  const items = several("item", 50);
  for (const item of items) policy.add(item);
  // Ten stay in the window.
  equal(policy.evict(1), items[40]);
  policy.touch(items[0]!);
  equal(policy.evict(0), items[1]);
});
