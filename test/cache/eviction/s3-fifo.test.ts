import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { S3Fifo } from "../../../src/cache/eviction/s3-fifo.ts";
import { Item, namesOf, several } from "./items.ts";

const evicted = (policy: S3Fifo<Item>, count: number): Item[] => Array.from({ length: count }, () => policy.evict()!);

test("newcomers that nobody uses go in the order in which they came", () => {
  const policy = new S3Fifo<Item>(10);
  const items = several("item", 10);
  for (const item of items) policy.add(item);
  deepEqual(namesOf(evicted(policy, 10)), namesOf(items));
  equal(policy.evict(), undefined);
});

test("who was used comes into the main queue, and goes when it was not used there", () => {
  const policy = new S3Fifo<Item>(10);
  const items = several("item", 10);
  for (const item of items) policy.add(item);
  for (const i of [0, 1]) policy.touch(items[i]!);
  deepEqual(namesOf(evicted(policy, 7)), namesOf(items.slice(2, 9)));
  // The small queue has its tenth again.
  policy.touch(items[0]!);
  equal(policy.evict()?.name, "item 1");
});

test("who is used in the main queue goes round once more, and in the end like all others", () => {
  const policy = new S3Fifo<Item>(100);
  const items = several("item", 20);
  for (const item of items) {
    policy.add(item);
    policy.touch(item);
  }
  // Ten have come into the main queue, and one of them has gone.
  equal(policy.evict(), items[0]);
  for (let i = 0; i < 9; i++) policy.touch(items[1]!);
  deepEqual(namesOf(evicted(policy, 9)), namesOf([...items.slice(2, 10), items[1]!]));
});

test("who comes back while it is remembered goes straight to the main queue", () => {
  const policy = new S3Fifo<Item>(10);
  const items = several("item", 20);
  for (const item of items.slice(0, 10)) policy.add(item);
  equal(policy.evict(), items[0]);
  const back = new Item("item 0");
  policy.add(back);
  const gone = evicted(policy, 8);
  equal(gone.includes(back), false);
  // One that was never here is treated as the newcomer that it is.
  policy.add(new Item("stranger"));
  policy.add(new Item("another"));
  equal(evicted(policy, 2).includes(back), false);
});

test("the small queue is measured by weight", () => {
  const policy = new S3Fifo<Item>(100);
  const main = several("used", 9).map(({ name }) => new Item(name, 10));
  for (const item of main) {
    policy.add(item);
    policy.touch(item);
  }
  const large = new Item("large", 11);
  policy.add(large);
  // The used ones move on, the large one is more than a tenth.
  equal(policy.evict(), large);
  const small = new Item("small", 10);
  policy.add(small);
  equal(policy.evict()?.name, "used 0");
});
