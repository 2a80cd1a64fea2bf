/** Whatever comes into the memory store, for as long as it likes: the budget holds, for all that is counted and for the process. */

import { ok } from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random } from "../../src/base/random.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Said } from "../../src/cache/said.ts";
import type { Filling, Place, Stored } from "../../src/cache/store.ts";
import { KIB, MIB, said } from "../stores/contract.ts";

const BUDGET = 32 * MIB;

/** Each attack goes on until it has stored so many times the budget, but not longer than this. */
const ROUNDS = 4;
const LONGEST = 150;

/** What is alive may be more than the budget by this: the test's own, and what is still to be finalized. */
const AROUND = 6 * MIB;

/**
 * What the process may grow by: garbage lies about until V8 comes for it, the pages it was on are kept for a while, and
 * malloc has its gaps. V8 lets its heap grow to several times of what lives in it, and the space for young objects to
 * 100 MiB, unless it is told not to; here it is.
 */
const GROWTH = 2 * BUDGET + 128 * MIB;
for (const flag of ["--heap-growing-percent=50", "--semi-space-growth-factor=1", "--expose-gc"])
  setFlagsFromString(flag);
const collect: () => void = runInNewContext("gc");

const random = new Random(5);
const BYTES = random.bytes(64 * KIB);

/** How it goes on; returns about how many bytes that were. */
type Attack = (store: MemoryStore, i: number) => number;

const url = (i: number): string => `http://localhost/${i}`;

function fill(store: MemoryStore, what: Said, size: number, place: Place = {}): number {
  const filling = store.open(what, place);
  for (let at = 0; at < size; at += BYTES.length) {
    if (filling?.write(BYTES.subarray(0, size - at)) !== true) {
      filling?.abort();
      return size;
    }
  }
  filling?.end();
  return size;
}

const ATTACKS: Record<string, Attack> = {
  "small ones": (store, i) => 500 + fill(store, said({ key: url(i) }), 100 + random.below(900)),
  "nothing but heads": (store, i) => 600 + fill(store, said({ key: url(i), status: 404 }), 0),
  "long heads": (store, i) =>
    fill(store, said({ key: url(i), lines: `X: ${"y".repeat(60_000)}${i}\r\n` }), 10) + 60_000,
  "long keys": (store, i) => fill(store, said({ key: `${url(i)}?${"y".repeat(8000)}` }), 10) + 8000,
  "many tags": (store, i) =>
    7000 + fill(store, said({ key: url(i), tags: Array.from({ length: 20 }, (_, j) => `tag ${i} ${j}`) }), 10),
  "many variants": (store, i) =>
    900 + fill(store, said({ key: url(i % 1000), selecting: [["cookie", `${i}`.padEnd(100)]] }), 300),
  "of all sizes": (store, i) =>
    fill(store, said({ key: url(i) }), Math.floor(2 ** (23 * random.fraction())), { size: undefined }),
  "large ones, announced": (store, i) => {
    const size = MIB + random.below(6 * MIB);
    return fill(store, said({ key: url(i) }), size, { size });
  },
  "crumbs of something large": (store, i) => {
    const key = url(i % 3000);
    const onto = store.first(key);
    const filling = store.open(said({ key }), { first: 100 * random.below(2000), onto });
    filling?.write(BYTES.subarray(0, 1 + random.below(100)));
    filling?.end(200_100);
    return 600;
  },
  "what never comes to its end": (store, i) => {
    const filling = store.open(said({ key: url(i) }), random.chance(0.5) ? { size: 1 + random.below(MIB) } : {});
    filling?.write(BYTES.subarray(0, 1));
    under.push(filling);
    // In the end somebody breaks off.
    if (filling === undefined) for (const one of under.splice(0)) one?.abort();
    return MIB / 2;
  },
  "what is changed all the time": (store, i) => {
    const stored = store.first(url(i % 500));
    if (stored === undefined) return fill(store, said({ key: url(i % 500) }), 50 * KIB);
    store.freshen(stored, said({ key: stored.key, responseTime: i, tags: [`${i}`] }));
    if (i % 1000 === 0) store.purge({ by: "everything" }, "invalidate");
    return 2000;
  },
};
const under: (Filling | undefined)[] = [];

/** Somebody who reads always has a few that have gone long ago. */
const held: Stored[] = [];

test("the budget holds, whatever comes", () => {
  const store = new MemoryStore({ budget: BUDGET });
  fill(store, said(), 100);
  const alive = (): number => {
    for (let i = 0; i < 2; i++) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = alive();
  const rss = process.memoryUsage.rss();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const until = performance.now() + LONGEST;
    for (let i = 0, bytes = 0; bytes < ROUNDS * BUDGET && (i % 50 > 0 || performance.now() < until); i++) {
      bytes += attack(store, i);
      const { used } = store.state();
      ok(used! <= BUDGET, `${name}: ${used} bytes`);
      if (i % 50 > 0) continue;
      const grown = process.memoryUsage.rss() - rss;
      ok(grown < GROWTH, `${name}: the process has grown by ${Math.round(grown / MIB)} MiB`);
    }
    for (const one of under.splice(0)) one?.abort();
    held.splice(0, held.length, ...[...store.list()].slice(0, 10));
    const more = alive() - before;
    ok(more < BUDGET + AROUND, `${name}: ${Math.round(more / MIB)} MiB are alive`);
  }
});
