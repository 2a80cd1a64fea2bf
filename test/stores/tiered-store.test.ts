import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store, Stored } from "../../src/cache/store.ts";
import { TieredStore } from "../../src/stores/tiered-store.ts";
import { contentOf, put, said, same, storeContract } from "./contract.ts";
import { slow } from "./slow.ts";

storeContract("memory before memory", (needs) => {
  // What memory refuses shall not be taken here.
  const behind = new MemoryStore(needs.budget === undefined ? needs : { ...needs, budget: needs.budget / 4 });
  const store = new TieredStore(new MemoryStore(needs), [slow(behind)]);
  return { store, dispose: () => store.close() };
});

storeContract("memory alone, as a front", (needs) => {
  const store = new TieredStore(new MemoryStore(needs), []);
  return { store, dispose: () => store.close() };
});

/** A front with little room, and what is behind it. */
function tiers({ front = 1024 * 1024, maxObject = 64 * 1024 } = {}): {
  store: TieredStore;
  front: MemoryStore;
  behind: MemoryStore;
} {
  const near = new MemoryStore({ budget: front, maxObject });
  const behind = new MemoryStore({ budget: 64 * 1024 * 1024 });
  return { store: new TieredStore(near, [slow(behind)]), front: near, behind };
}

const KEY = said().key;
const only = (found: readonly Stored[] | undefined): Stored => {
  equal(found?.length, 1);
  return found![0]!;
};

test("what has come is behind, too, and is found there when memory has let it go", async () => {
  const { store, front, behind } = tiers();
  const content = contentOf(1, 5000);
  await put(store, said(), content);
  await store.settled();
  await same(only(behind.find(KEY)), content);
  front.purge({ by: "everything" }, "remove");
  deepEqual(store.find(KEY), []);
  await same(only(await store.deeper(KEY)), content);
  // It is near again.
  await same(only(store.find(KEY)), content);
});

test("however many ask those behind, they are asked once", async () => {
  const { behind } = tiers();
  await put(behind, said(), contentOf(1, 100));
  let asked = 0;
  const counting: Store = {
    ...slow(behind),
    find: async (key) => {
      asked++;
      return behind.find(key);
    },
  };
  const store = new TieredStore(new MemoryStore(), [counting]);
  const found = await Promise.all(Array.from({ length: 100 }, () => store.deeper(KEY)));
  equal(asked, 1);
  for (const one of found) await same(only(one), contentOf(1, 100));
});

test("of two that are alike the newer one is meant, wherever it is", async () => {
  for (const isNewerNear of [true, false]) {
    const { store, front, behind } = tiers();
    const [near, far] = isNewerNear ? [2000, 1000] : [1000, 2000];
    await put(front, said({ responseTime: near }), contentOf(near, 100));
    await put(behind, said({ responseTime: far }), contentOf(far, 100));
    await same(only(await store.deeper(KEY)), contentOf(2000, 100));
  }
});

test("what is too large for memory goes behind, announced or not", async () => {
  for (const isDeclared of [true, false]) {
    const { store, front, behind } = tiers();
    const content = contentOf(7, 300_000);
    const stored = await put(store, said(), content, isDeclared ? { size: content.length } : {});
    await same(stored!, content);
    equal(front.state().responses, 0);
    await same(only(behind.find(KEY)), content);
    await same(only(await store.deeper(KEY)), content);
  }
});

test("what moves behind in the middle can be read all the while", async () => {
  const { store } = tiers();
  const content = contentOf(8, 200_000);
  const filling = store.open(said())!;
  for (let at = 0; at < content.length; at += 10_000) {
    equal(await filling.write(content.slice(at, at + 10_000)), true);
    equal(filling.size, at + 10_000);
    const first = await filling.read(0);
    deepEqual(Buffer.from(first), content.subarray(0, first.length));
    const last = await filling.read(filling.size - 1);
    equal(last[0], content[filling.size - 1]);
  }
  await same((await filling.end())!, content);
});

test("what is said anew is said behind as well, also while it is on its way there", async () => {
  for (const waits of [true, false]) {
    const { store, front, behind } = tiers();
    const stored = await put(store, said({ lines: "A: 1\r\n" }), contentOf(1, 100));
    if (waits) await store.settled();
    await store.freshen(stored!, said({ lines: "A: 2\r\n" }));
    await store.settled();
    for (const one of [front, behind]) equal(only(one.find(KEY)).lines, "A: 2\r\n");
  }
});

test("what is removed or purged is gone everywhere, also while it is on its way", async () => {
  for (const how of ["remove", "purge"] as const) {
    for (const waits of [true, false]) {
      const { store, front, behind } = tiers();
      const stored = await put(store, said(), contentOf(1, 100));
      if (waits) await store.settled();
      if (how === "remove") await store.remove(stored!);
      else equal(await store.purge({ by: "everything" }, "remove"), 1);
      await store.settled();
      equal(front.state().responses + behind.state().responses, 0, `${how}, ${waits}`);
    }
  }
});

test("parts are joined behind as they are in memory, and only what is new goes there", async () => {
  const { store, behind } = tiers();
  const content = contentOf(3, 1000);
  const part = async (first: number, last: number, onto?: Stored): Promise<Stored> => {
    const filling = store.open(said(), { first, size: last - first + 1, onto })!;
    await filling.write(content.subarray(first, last + 1));
    return (await filling.end(1000))!;
  };
  const one = await part(0, 99);
  await store.settled();
  const two = await part(500, 599, one);
  await store.settled();
  deepEqual(only(behind.find(KEY)).content.ranges, [
    { first: 0, last: 99 },
    { first: 500, last: 599 },
  ]);
  const three = await part(100, 499, two);
  await store.settled();
  await part(600, 999, three);
  await store.settled();
  await same(only(behind.find(KEY)), content);
});

test("of two that come one after the other the later one stays, however slowly they are saved", async () => {
  const { store, behind } = tiers();
  await put(store, said({ responseTime: 1000 }), contentOf(1, 50_000));
  await put(store, said({ responseTime: 2000 }), contentOf(2, 10));
  await store.settled();
  await same(only(behind.find(KEY)), contentOf(2, 10));
});

test("somebody else's change makes what is near forgotten", async () => {
  const { store, behind } = tiers();
  await put(store, said({ responseTime: 1000 }), contentOf(1, 100));
  await store.settled();
  await put(behind, said({ responseTime: 2000 }), contentOf(2, 100));
  store.forget(KEY);
  await same(only(await store.deeper(KEY)), contentOf(2, 100));
});

test("what is purged while it is on its way from behind does not come into memory", async () => {
  const { store, front, behind } = tiers();
  await put(behind, said(), contentOf(1, 100));
  const found = store.deeper(KEY);
  const purged = store.purge({ by: "everything" }, "remove");
  await Promise.all([found, purged]);
  equal(front.state().responses + behind.state().responses, 0);
});

for (const how of ["remove", "purge"] as const) {
  test(`who asks those behind while something is taken away does not bring it back: ${how}`, async () => {
    const { store, front, behind } = tiers();
    const stored = await put(store, said(), contentOf(1, 100));
    await store.settled();
    const taken = how === "remove" ? store.remove(stored!) : store.purge({ by: "everything" }, "remove");
    await Promise.all([taken, store.deeper(KEY)]);
    deepEqual(await store.deeper(KEY), []);
    equal(front.state().responses + behind.state().responses, 0);
  });
}

for (const waits of [true, false]) {
  test(`what is too large for memory takes the place of an older small one, ${waits ? "saved" : "on its way"}`, async () => {
    const { store, behind } = tiers();
    await put(store, said({ responseTime: 1000 }), contentOf(1, 10));
    if (waits) await store.settled();
    const large = contentOf(2, 300_000);
    await put(store, said({ responseTime: 2000 }), large, { size: large.length });
    deepEqual(store.find(KEY), []);
    await store.settled();
    await same(only(await store.deeper(KEY)), large);
    await same(only(behind.find(KEY)), large);
  });
}

test("what is found behind and cannot be read is not there", async () => {
  const { behind } = tiers();
  const read = (): never => {
    throw new Error("it has gone");
  };
  const content = { length: 10, ranges: undefined, read: () => ({ read, cancel() {} }) };
  const store = new TieredStore(new MemoryStore(), [{ ...slow(behind), find: async () => [{ ...said(), content }] }]);
  deepEqual(await store.deeper(KEY), []);
});

test("its state has the names of all, and tells of a trouble behind", async () => {
  const { store, behind } = tiers();
  const broken: Store = { ...slow(behind), state: () => ({ ...behind.state(), name: "disk", trouble: "it is full" }) };
  const { name, trouble } = await new TieredStore(store.front, [broken]).state();
  deepEqual({ name, trouble }, { name: "memory + disk", trouble: "it is full" });
});
