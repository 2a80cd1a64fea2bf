import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { copyInto } from "../../src/stores/store-copy.ts";
import { contentOf, put, said, saidOf, same } from "./contract.ts";

const room = { budget: 64 * 1024 * 1024 };

for (const length of [0, 1, 1000, 3_000_000]) {
  test(`a copy of ${length} bytes is like the original`, async () => {
    const original = await put(new MemoryStore(room), said({ tags: ["a"], reason: "Fine" }), contentOf(1, length));
    const copy = await copyInto(new MemoryStore(room), original!, () => true);
    deepEqual(saidOf(copy!), saidOf(original!));
    await same(copy!, contentOf(1, length));
  });
}

test("a copy of parts has the same parts", async () => {
  const from = new MemoryStore(room);
  const first = from.open(said(), { first: 10, size: 5 })!;
  first.write(contentOf(1, 5));
  const one = first.end(100);
  const second = from.open(said(), { first: 50, size: 7, onto: one as never })!;
  second.write(contentOf(2, 7));
  const two = await second.end(100);
  const copy = await copyInto(new MemoryStore(room), two!, () => true);
  deepEqual(copy!.content.ranges, [
    { first: 10, last: 14 },
    { first: 50, last: 56 },
  ]);
  deepEqual(Buffer.from(copy!.content.read(50, 56) as Uint8Array), contentOf(2, 7));
});

const REFUSALS: [what: string, store: MemoryStore, isWanted: boolean][] = [
  ["there is no room", new MemoryStore({ budget: 64 * 1024, maxObject: 10 }), true],
  ["nobody wants it any more", new MemoryStore(room), false],
];

for (const [what, store, isWanted] of REFUSALS) {
  test(`nothing is stored where ${what}`, async () => {
    const original = await put(new MemoryStore(room), said(), contentOf(1, 1000));
    equal(await copyInto(store, original!, () => isWanted), undefined);
    equal(store.state().responses, 0);
  });
}

test("what breaks off while it is copied is not stored", async () => {
  const store = new MemoryStore(room);
  const read = (): never => {
    throw new Error("damaged");
  };
  const content = { length: 10, ranges: undefined, read: () => ({ read, cancel() {} }) };
  await rejects(
    copyInto(store, { ...said(), content }, () => true),
    { message: "damaged" },
  );
  equal(store.state().responses, 0);
});
