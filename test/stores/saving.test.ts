import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Said } from "../../src/cache/said.ts";
import { saidOf } from "../../src/cache/said.ts";
import type { Place, Store, Stored } from "../../src/cache/store.ts";
import { Saving } from "../../src/stores/saving.ts";
import { TieredStore } from "../../src/stores/tiered-store.ts";
import { bytesOf, contentOf, MIB, put, said, same } from "./contract.ts";
import { slow } from "./slow.ts";

const KEY = said().key;
const ALL = { by: "everything" } as const;

/** A memory, and two stores behind it that take their time; what is near is saved. */
function setting({ maxObject = 64 * MIB } = {}) {
  const near = new MemoryStore({ budget: 512 * MIB });
  const behind = [new MemoryStore({ budget: 512 * MIB, maxObject }), new MemoryStore({ budget: 512 * MIB, maxObject })];
  const stores = behind.map(slow);
  const saving = new Saving(stores);
  const save = async (
    some: Partial<Said>,
    content: Uint8Array,
    place: Place = {},
    length?: number,
  ): Promise<Stored> => {
    const stored = await put(near, said(some), content, place, length);
    saving.save(stored!, place.onto);
    return stored!;
  };
  const freshen = (old: Stored, some: Partial<Said>): Stored => {
    const what = { ...saidOf(old), ...some };
    const fresh = near.freshen(old, what)!;
    saving.freshen(old, fresh, what);
    return fresh;
  };
  return { near, behind, stores, saving, save, freshen };
}

/** What is stored under the key in each of them. */
const lines = (stores: readonly MemoryStore[]): string[][] =>
  stores.map((store) => store.find(KEY).map((one) => one.lines));

test("what is near arrives in each of those behind, byte for byte", async () => {
  const { behind, saving, save } = setting();
  const stored = await save({ tags: ["a"] }, contentOf(1, 300_000));
  await saving.settled();
  for (const store of behind) {
    const [copy, ...others] = store.find(KEY);
    equal(others.length, 0);
    deepEqual(saidOf(copy!), saidOf(stored));
    await same(copy!, contentOf(1, 300_000));
  }
});

test("one that does not work keeps nobody from the others", async () => {
  const { near, behind } = setting();
  const open = (): never => {
    throw new Error("it is broken");
  };
  const saving = new Saving([{ ...slow(behind[0]!), open }, slow(behind[1]!)]);
  saving.save((await put(near, said(), contentOf(1, 100)))!, undefined);
  await saving.settled();
  deepEqual(
    behind.map((store) => store.find(KEY).length),
    [0, 1],
  );
});

test("what cannot be read after all does not arrive, and nothing fails", async () => {
  const { behind, saving } = setting();
  const read = (): never => {
    throw new Error("it is damaged");
  };
  saving.save({ ...said(), content: { length: 10, ranges: undefined, read } }, undefined);
  await saving.settled();
  deepEqual(
    behind.map((store) => store.state().used),
    [0, 0],
  );
});

test("what is freshened twice in a row is in the end as it was said last", async () => {
  for (const waits of [true, false]) {
    const { behind, saving, save, freshen } = setting();
    const first = await save({ lines: "A: 1\r\n" }, contentOf(1, 100));
    if (waits) await saving.settled();
    const second = freshen(first, { lines: "A: 2\r\n" });
    freshen(second, { lines: "A: 3\r\n" });
    await saving.settled();
    deepEqual(lines(behind), [["A: 3\r\n"], ["A: 3\r\n"]]);
  }
});

test("what is removed while it is being freshened is gone", async () => {
  const { behind, saving, save, freshen } = setting();
  const first = await save({}, contentOf(1, 100));
  await saving.settled();
  await saving.remove(freshen(first, { lines: "A: 2\r\n" }));
  await saving.settled();
  deepEqual(lines(behind), [[], []]);
});

test("what comes while another of its kind is being freshened stays", async () => {
  const { behind, saving, save, freshen } = setting();
  const first = await save({ responseTime: 1000 }, contentOf(1, 100));
  await saving.settled();
  freshen(first, { lines: "A: 2\r\n" });
  await save({ responseTime: 2000, lines: "A: 3\r\n" }, contentOf(2, 50));
  await saving.settled();
  deepEqual(lines(behind), [["A: 3\r\n"], ["A: 3\r\n"]]);
});

test("what came from one of those behind is freshened in the others as well", async () => {
  const { near, behind, stores, saving, freshen } = setting();
  const [far] = await Promise.all(behind.map((store) => put(store, said(), contentOf(1, 100))));
  const copy = (await put(near, said(), contentOf(1, 100)))!;
  saving.isAlready(copy, far!, stores[0]!);
  freshen(copy, { isInvalid: true });
  await saving.settled();
  deepEqual(
    behind.map((store) => store.find(KEY)[0]?.isInvalid),
    [true, true],
  );
});

test("another's newer one is not touched by what is said of an older one", async () => {
  const { behind, saving, save, freshen } = setting();
  const first = await save({ responseTime: 1000 }, contentOf(1, 100));
  await saving.settled();
  await put(behind[1]!, said({ responseTime: 3000, lines: "A: other\r\n" }), contentOf(2, 100));
  const second = freshen(first, { responseTime: 2000, lines: "A: 2\r\n" });
  await saving.settled();
  deepEqual(lines(behind), [["A: 2\r\n"], ["A: other\r\n"]]);
  // It is not known there.
  freshen(second, { lines: "A: 3\r\n" });
  await saving.settled();
  deepEqual(lines(behind), [["A: 3\r\n"], ["A: other\r\n"]]);
});

test("what is not wanted behind does not leave an older one there, which would be found in its stead", async () => {
  const { behind, saving, save } = setting({ maxObject: 1000 });
  await save({ responseTime: 1000 }, contentOf(1, 10));
  await save({ responseTime: 1000, selecting: [["accept", "a"]] }, contentOf(1, 10));
  await saving.settled();
  deepEqual(
    behind.map((store) => store.find(KEY).length),
    [2, 2],
  );
  await save({ responseTime: 2000 }, contentOf(2, 5000));
  await saving.settled();
  // The other variant has nothing to do with it.
  for (const store of behind)
    deepEqual(
      store.find(KEY).map((one) => one.selecting.length),
      [1],
    );
});

test("nor does what is stopped on its way", async () => {
  const { behind, saving, save } = setting();
  await save({ responseTime: 1000, tags: ["old"] }, contentOf(1, 10));
  await saving.settled();
  await save({ responseTime: 2000, tags: ["new"] }, contentOf(2, 10));
  await saving.stop(({ tags }) => tags.includes("new"));
  deepEqual(lines(behind), [[], []]);
});

/** So large, and it does not come before it is let. */
function held(some: Partial<Said>, length: number): { stored: Stored; let(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const read = () => ({ read: () => promise, cancel() {} });
  return { stored: { ...said(some), content: { length, ranges: undefined, read } }, let: () => resolve(undefined) };
}

test("beyond 64 MiB on their way the next do not go behind, nor does what they take the place of stay there", async () => {
  const { behind, saving, save } = setting();
  await save({ responseTime: 1000 }, contentOf(1, 10));
  await saving.settled();
  const large = held({ key: "http://localhost/large" }, 40 * MIB);
  saving.save(large.stored, undefined);
  const next = held({ responseTime: 2000 }, 40 * MIB);
  saving.save(next.stored, undefined);
  // What is small still does.
  await save({ key: "http://localhost/small" }, contentOf(2, 10));
  large.let();
  await saving.settled();
  for (const store of behind) {
    deepEqual(store.find(KEY), []);
    equal(store.find("http://localhost/small").length, 1);
  }
  // It is as if nothing had been.
  saving.save((await put(new MemoryStore(), said(), contentOf(3, 10)))!, undefined);
  await saving.settled();
  equal(behind[0]!.find(KEY).length, 1);
});

test("of a part those bytes count that are here", async () => {
  const { behind, saving, save } = setting();
  const large = held({ key: "http://localhost/large" }, 40 * MIB);
  saving.save(large.stored, undefined);
  const one = await save({}, contentOf(1, 100), { first: 0 }, 1024 * MIB);
  await save({}, contentOf(2, 100), { first: 100, onto: one }, 1024 * MIB);
  large.let();
  await saving.settled();
  for (const store of behind) {
    const { ranges } = store.find(KEY)[0]!.content;
    deepEqual(ranges, [{ first: 0, last: 199 }]);
  }
});

test("of what is joined only what is new goes behind; where it is unknown there, all of it does", async () => {
  const { near, behind, stores } = setting();
  let written = 0;
  const counting = stores.map(
    (store): Store => ({
      ...store,
      open: (what, place) => {
        written += place?.size ?? 0;
        return store.open(what, place);
      },
    }),
  );
  const saving = new Saving(counting);
  const content = contentOf(1, 1000);
  const one = (await put(near, said(), content.subarray(0, 500), { first: 0 }, 1000))!;
  saving.save(one, undefined);
  const two = (await put(near, said(), content.subarray(500, 600), { first: 500, onto: one }, 1000))!;
  saving.save(two, one);
  await saving.settled();
  equal(written, 2 * 600);
  behind[0]!.purge(ALL, "remove");
  const three = (await put(near, said(), content.subarray(600), { first: 600, onto: two }, 1000))!;
  saving.isAlready(two, undefined as unknown as Stored, counting[0]!);
  saving.save(three, two);
  await saving.settled();
  equal(written, 2 * 600 + 1000 + 400);
  for (const store of behind) await same(store.find(KEY)[0]!, content);
});

test("what is stopped when it has just been completed there is taken away again", async () => {
  const { near, behind } = setting();
  const gate = Promise.withResolvers<void>();
  const isAtEnd = Promise.withResolvers<void>();
  const [store] = behind.map(
    (one): Store => ({
      ...slow(one),
      open: (what, place) => {
        const filling = one.open(what, place)!;
        const end = async (length?: number): Promise<Stored | undefined> => {
          const stored = filling.end(length);
          isAtEnd.resolve();
          await gate.promise;
          return stored;
        };
        return { size: 0, write: (bytes) => filling.write(bytes), read: (from) => filling.read(from), end, abort() {} };
      },
    }),
  );
  const saving = new Saving([store!]);
  saving.save((await put(near, said(), contentOf(1, 10)))!, undefined);
  await isAtEnd.promise;
  equal(behind[0]!.find(KEY).length, 1);
  const stopped = saving.stop(() => true);
  gate.resolve();
  await stopped;
  deepEqual(behind[0]!.find(KEY), []);
});

test("it is settled when also what has begun meanwhile has come to its end", async () => {
  const { behind, saving, save } = setting();
  await save({ responseTime: 1000 }, contentOf(1, 100_000));
  const settled = saving.settled();
  await save({ responseTime: 2000, key: "http://localhost/next" }, contentOf(2, 100_000));
  await settled;
  for (const store of behind) equal(store.state().responses, 2);
  await saving.settled();
});

type Step =
  | { do: "put"; key: number; size: number }
  | { do: "freshen" | "invalidate" | "remove" | "bring"; key: number }
  | { do: "purge"; how: "remove" | "invalidate" }
  | { do: "evict" | "turn" | "settle" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key: fc.nat(1), size: fc.constantFrom(0, 10, 2000) }),
  fc.record({
    do: fc.constantFrom("freshen" as const, "invalidate" as const, "remove" as const, "bring" as const),
    key: fc.nat(1),
  }),
  fc.record({ do: fc.constant("purge" as const), how: fc.constantFrom("remove" as const, "invalidate" as const) }),
  fc.record({ do: fc.constantFrom("evict" as const, "turn" as const, "turn" as const, "settle" as const) }),
);

test("whatever happens, and however quickly, nothing is found behind that has been replaced, invalidated or removed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const front = new MemoryStore();
      // One of them does not take what is large.
      const behind = [new MemoryStore({ maxObject: 1000 }), new MemoryStore()];
      const store = new TieredStore(front, behind.map(slow));
      const key = (i: number): string => `http://localhost/${i}`;
      /** What may be found: what was said last; undefined where nothing may be. */
      const truth = new Map<string, { said: Said; content: Buffer } | undefined>();
      const pending: Promise<unknown>[] = [];
      let time = 1000;
      for (const one of steps) {
        time++;
        if (one.do === "put") {
          const what = said({ key: key(one.key), responseTime: time });
          const content = contentOf(time, one.size);
          const filling = store.open(what)!;
          if (content.length > 0) filling.write(content);
          truth.set(what.key, { said: what, content });
          filling.end();
        } else if (one.do === "freshen" || one.do === "invalidate") {
          const [near] = front.find(key(one.key));
          const known = truth.get(key(one.key));
          if (near === undefined || known === undefined) continue;
          const changed = one.do === "freshen" ? { responseTime: time, isInvalid: false } : { isInvalid: true };
          known.said = { ...saidOf(near), ...changed };
          pending.push(store.freshen(near, known.said));
        } else if (one.do === "remove") {
          const [near] = front.find(key(one.key));
          if (near === undefined) continue;
          truth.set(near.key, undefined);
          pending.push(store.remove(near));
        } else if (one.do === "purge") {
          for (const [name, known] of truth) {
            if (one.how === "remove" || known === undefined) truth.set(name, undefined);
            else known.said = { ...known.said, isInvalid: true };
          }
          pending.push(store.purge(ALL, one.how) as Promise<number>);
        } else if (one.do === "bring") {
          await Promise.all(pending);
          pending.push(store.deeper(key(one.key))!);
        } else if (one.do === "evict") {
          // What is near alone may be lost, but only when it is nowhere on its way.
          await store.settled();
          front.purge(ALL, "remove");
        } else if (one.do === "turn") {
          await new Promise(setImmediate);
        } else {
          await store.settled();
        }
      }
      await Promise.all(pending);
      await store.settled();
      for (const [name, known] of truth) {
        for (const found of [front, ...behind].flatMap((tier) => tier.find(name))) {
          // A purge may meet behind what has come after it, or what was to be removed: it is asked about before it is used.
          if (found.isInvalid) continue;
          ok(known !== undefined, `${name} has been removed`);
          deepEqual(saidOf(found), saidOf(known.said));
          if (known.content.length === 0) continue;
          deepEqual(await bytesOf(found.content.read(0, known.content.length - 1)), known.content);
        }
      }
    }),
    { numRuns: 300 },
  );
});
