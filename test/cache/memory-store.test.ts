import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/base/random.ts";
import { POLICY_NAMES } from "../../src/cache/eviction/policies.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { StoredInMemory } from "../../src/cache/memory-store-item.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Place } from "../../src/cache/store.ts";
import { contentOf, KIB, MIB, said, storeContract } from "../stores/contract.ts";

storeContract("memory", ({ budget = 64 * MIB, maxObject }) => {
  const store = new MemoryStore({ budget, ...(maxObject !== undefined && { maxObject }) });
  return { store, dispose: () => store.close() };
});

/** All of it at once. */
function put(store: MemoryStore, what: Said, content: Uint8Array, place: Place = {}, length?: number) {
  const filling = store.open(what, place);
  if (filling === undefined || !filling.write(content)) return undefined;
  return filling.end(length) as StoredInMemory | undefined;
}

const used = (store: MemoryStore): number => store.state().used!;

test("the first one of a key leads to its siblings, the latest first", () => {
  const store = new MemoryStore();
  equal(store.first(said().key), undefined);
  for (const accept of ["a", "b", "c"]) put(store, said({ selecting: [["accept", accept]] }), contentOf(1, 10));
  const chain: (string | undefined)[] = [];
  for (let one = store.first(said().key); one !== undefined; one = one.sibling) chain.push(one.selecting[0]![1]);
  deepEqual(chain, ["c", "b", "a"]);
  deepEqual(
    store.find(said().key).map(({ selecting }) => selecting[0]![1]),
    chain,
  );
});

test("of one key there are 65 at most, the oldest go", () => {
  const store = new MemoryStore();
  for (let i = 0; i < 100; i++) put(store, said({ selecting: [["cookie", `${i}`]] }), contentOf(i, 10));
  const values = store.find(said().key).map(({ selecting }) => Number(selecting[0]![1]));
  deepEqual(
    values,
    Array.from({ length: 65 }, (_, i) => 99 - i),
  );
  const { responses, evictions } = store.state();
  deepEqual({ responses, evictions }, { responses: 65, evictions: 35 });
});

test("who answers requests has two places of his own, empty after each change", () => {
  const store = new MemoryStore();
  put(store, said(), contentOf(1, 10));
  const changes: (() => unknown)[] = [
    () => store.freshen(store.first(said().key)!, said({ status: 203 })),
    () => store.purge({ by: "everything" }, "invalidate"),
    () => put(store, said(), contentOf(2, 10)),
  ];
  for (const change of changes) {
    const before = store.first(said().key)!;
    deepEqual([before.freshUntil, before.answer], [0, undefined]);
    before.freshUntil = 1_790_000_000_000;
    before.answer = "ready";
    change();
    deepEqual([before.freshUntil, before.answer], [1_790_000_000_000, "ready"]);
  }
});

test("what is on its way is purged as well", () => {
  const url = said().key;
  const CASES: [how: "remove" | "invalidate", url: string, fate: string][] = [
    ["remove", url, "gone"],
    ["invalidate", url, "invalid"],
    ["remove", `${url}other`, "valid"],
    ["invalidate", `${url}other`, "valid"],
  ];
  for (const [how, meant, fate] of CASES) {
    const store = new MemoryStore();
    const filling = store.open(said())!;
    filling.write(contentOf(1, 10));
    equal(store.purge({ by: "url", url: meant }, how), 0);
    filling.end();
    const found = store.first(url);
    equal(found === undefined ? "gone" : found.isInvalid ? "invalid" : "valid", fate);
  }
});

test("of parts that are joined at once none is lost", () => {
  const store = new MemoryStore();
  const whole = contentOf(1, 9000);
  const onto = put(store, said(), whole.subarray(0, 3000), {}, 9000);
  const fillings = [3000, 6000].map((first) => store.open(said(), { first, onto })!);
  for (const [i, filling] of fillings.entries()) filling.write(whole.subarray(3000 + 3000 * i, 6000 + 3000 * i));
  for (const filling of fillings) filling.end(9000);
  ok(Buffer.from(store.first(said().key)!.bytes!).equals(whole));
});

test("parts are not joined to what has been purged", () => {
  const store = new MemoryStore();
  const onto = put(store, said(), contentOf(1, 100), {}, 300);
  const filling = store.open(said({ key: said().key }), { first: 100, onto })!;
  filling.write(contentOf(2, 100));
  store.remove(onto!);
  equal(filling.end(300), undefined);
  equal(store.first(said().key), undefined);
});

test("parts that come twice, or too many of them, do no harm", () => {
  const store = new MemoryStore();
  const whole = contentOf(1, 100 * KIB);
  let onto = put(store, said(), whole.subarray(10, 20), { first: 10 }, whole.length);
  onto = put(store, said(), whole.subarray(0, 40), { onto }, whole.length);
  deepEqual(onto?.ranges, [{ first: 0, last: 39 }]);
  // One in each 50 bytes, until they are too many.
  let kept = 0;
  for (let first = 50; first < whole.length; first += 50) {
    const now = put(
      store,
      said(),
      whole.subarray(first, first + 1),
      { first, onto: store.first(said().key)! },
      whole.length,
    );
    if (now !== undefined) kept++;
  }
  equal(kept, 1023);
  equal(store.first(said().key)!.ranges?.length, 1024);
});

test("a part may be of something that is larger than an object may be", () => {
  const store = new MemoryStore({ maxObject: 10 * KIB });
  const part = put(store, said(), contentOf(1, 4 * KIB), { first: 100 * KIB }, 10 * MIB);
  equal(part?.length, 10 * MIB);
  equal(store.open(said(), { first: 0, size: 7 * KIB, onto: part }), undefined);
  const filling = store.open(said(), { first: 0, onto: part })!;
  equal(filling.write(new Uint8Array(6 * KIB)), true);
  equal(filling.write(new Uint8Array(1)), false);
});

test("when all has gone nothing is counted any more, whatever it was", () => {
  const text = fc.string({ minLength: 1, maxLength: 20 });
  const one = fc.record({
    key: fc.constantFrom("http://a/", "http://a/ x=1", "http://a/ x=2", "http://b/메뉴"),
    reason: fc.option(text, { nil: undefined }),
    lines: text,
    selecting: fc.array(fc.tuple(text, fc.option(text, { nil: undefined })), { maxLength: 2 }),
    tags: fc.array(fc.constantFrom("x", "y", "y", "z"), { maxLength: 3 }),
    groups: fc.array(fc.constantFrom("x", "g"), { maxLength: 2 }),
    size: fc.constantFrom(0, 10, 1024, 1025, 5000),
    first: fc.constantFrom(0, 0, 1000),
    fate: fc.constantFrom("end", "end", "part", "abort", "freshen", "invalidate"),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), fc.boolean(), (all, isPurged) => {
      const store = new MemoryStore({ budget: MIB });
      for (const { size, first, fate, ...some } of all) {
        const filling = store.open(said(some), { first })!;
        ok(used(store) > 0);
        filling.write(contentOf(size, size));
        if (fate === "abort") filling.abort();
        else {
          const stored = filling.end(fate === "part" ? first + size + 1 : undefined);
          if (fate === "freshen") store.freshen(stored as StoredInMemory, said({ ...some, tags: ["other"] }));
          if (fate === "invalidate") store.purge({ by: "host", host: "a" }, "invalidate");
        }
      }
      if (isPurged) store.purge({ by: "everything" }, "remove");
      else for (const stored of store.list()) store.remove(stored);
      const { responses, used: left, evictions } = store.state();
      deepEqual({ responses, left, evictions }, { responses: 0, left: 0, evictions: 0 });
    }),
  );
});

for (const eviction of POLICY_NAMES) {
  test(`${eviction}: the budget holds in any history`, () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const store = new MemoryStore({ budget: 100 * KIB, maxObject: 50 * KIB, eviction });
        const open = new Set<NonNullable<ReturnType<MemoryStore["open"]>>>();
        for (let i = 0; i < 200; i++) {
          const size = random.below(random.chance(0.2) ? 60_000 : 2000);
          const key = `http://localhost/${random.below(60)}${random.chance(0.2) ? " x" : ""}`;
          const what = said({ key, tags: random.chance(0.3) ? [`t${random.below(9)}`] : [] });
          store.first(key);
          const filling = store.open(what, random.chance(0.5) ? { size } : {});
          if (filling !== undefined) open.add(filling);
          for (const one of open) {
            ok(used(store) <= store.budget);
            const isTaken = one.write(contentOf(i, Math.min(size, 1 + random.below(20_000))));
            if (isTaken && random.chance(0.5)) continue;
            if (random.chance(0.8)) one.end();
            else one.abort();
            open.delete(one);
            if (random.chance(0.05))
              store.purge({ by: "tag", tag: "t1" }, random.chance(0.5) ? "remove" : "invalidate");
          }
          ok(used(store) <= store.budget);
        }
        for (const one of open) one.abort();
        equal([...store.list()].length, store.state().responses);
      }),
      { numRuns: 20 },
    );
  });
}

test("what does not fit sends nobody away", () => {
  const store = new MemoryStore({ budget: 100 * KIB, maxObject: MIB });
  put(store, said(), contentOf(1, 1000));
  equal(store.open(said({ key: "http://localhost/large" }), { size: 200 * KIB }), undefined);
  const others = store.open(said({ key: "http://localhost/growing" }))!;
  while (others.write(new Uint8Array(KIB))) ok(others.size < 100 * KIB);
  ok(store.first(said().key) === undefined, "one that grows does not say so before");
  others.abort();
  equal(used(store), 0);
});

test("what is on V8's heap has a limit of its own", () => {
  const store = new MemoryStore({ budget: 64 * MIB, heap: 200 * KIB });
  for (let i = 0; i < 500; i++) {
    put(store, said({ key: `http://localhost/small/${i}` }), contentOf(i, 1000));
    put(store, said({ key: `http://localhost/large/${i}` }), contentOf(i, 20 * KIB));
  }
  const { responses, used: all } = store.state();
  ok(all! > MIB && responses < 300, `${all} bytes, ${responses} responses`);
});

test("those who are asked for stay, though everybody asks for everything once", () => {
  const store = new MemoryStore({ budget: 200 * KIB });
  const names = Array.from({ length: 20 }, (_, i) => `http://localhost/hot/${i}`);
  for (const key of names) put(store, said({ key }), contentOf(1, 1000));
  for (let i = 0; i < 2000; i++) {
    put(store, said({ key: `http://localhost/cold/${i}` }), contentOf(2, 1000));
    if (i % 50 === 0) for (const key of names) store.first(key);
  }
  for (const key of names) ok(store.first(key) !== undefined, key);
});

test("a URL is purged without looking at all there is", () => {
  const store = new MemoryStore({ budget: 64 * MIB });
  for (let i = 0; i < 20_000; i++) put(store, said({ key: `http://localhost/${i} dark` }), new Uint8Array(0));
  const started = performance.now();
  for (let i = 0; i < 10_000; i++) equal(store.purge({ by: "url", url: `http://localhost/${i}` }, "remove"), 1);
  // A look at all of them each time would take minutes.
  ok(performance.now() - started < 2000);
});
