import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../../src/cache/counters.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { printSections, reportOn, sectionsOf } from "../../src/handlers/cache-report.ts";
import { TieredStore } from "../../src/stores/tiered-store.ts";
import { administered, keep } from "./administered.ts";

const RATIOS: [counted: Partial<ReturnType<typeof newCounters>>, ratio: number | undefined][] = [
  [{}, undefined],
  [{ bypassed: 9 }, undefined],
  [{ misses: 4 }, 0],
  [{ hits: 3, misses: 1 }, 0.75],
  [{ hits: 1, stale: 1, revalidated: 1, collapsed: 1, misses: 4, bypassed: 100 }, 0.5],
];

for (const [counted, ratio] of RATIOS) {
  test(`${JSON.stringify(counted)} is a hit ratio of ${ratio ?? "nothing"}`, async () => {
    const cache = { ...administered(), counters: { ...newCounters(), ...counted } };
    equal((await reportOn(cache, "maitred", 0)).hitRatio, ratio);
  });
}

test("a report is of its moment", async () => {
  const cache = administered();
  const before = await reportOn(cache, "maitred", 0);
  cache.counters.hits++;
  await keep(cache.store, "http://a/");
  deepEqual([before.counters.hits, before.stores[0]!.responses], [0, 0]);
});

test("people read of shares and sizes", async () => {
  const cache = administered();
  Object.assign(cache.counters, { hits: 1_234_567, misses: 65_432, bytesSaved: 5_368_709_120 });
  const text = printSections(sectionsOf(await reportOn(cache, "maitred", 7200)));
  match(text, /^Answers\n {2}from the cache {11}95 %\n {2}hits {21}1,234,567\n/);
  match(text, /^ {2}content from the store {3}5 GiB$/m);
  match(text, /^ {2}in use {19}[\d.]+ \w+ of 256 MiB \([\d.]+ %\)$/m);
  match(text, /^ {2}in the last {14}2 h$/m);
  equal(text.includes("trouble"), false);
});

test("of several stores each is told", async () => {
  const [memory, disk] = [new MemoryStore(), new MemoryStore()];
  await keep(disk, "http://a/");
  const { stores } = await reportOn({ counters: newCounters(), store: new TieredStore(memory, [disk]) }, "maitred", 0);
  deepEqual(
    stores.map(({ responses }) => responses),
    [0, 1],
  );
});

test("a store that does not count says so, and its trouble is told", () => {
  const store = {
    name: "shared",
    responses: 1,
    used: undefined,
    budget: undefined,
    evictions: 0,
    trouble: "nobody answers",
  };
  const text = printSections(sectionsOf({ name: "maitred", uptime: 0, counters: newCounters(), stores: [store] }));
  match(text, /in use +unknown\n/);
  match(text, /trouble +nobody answers\n$/);
});
