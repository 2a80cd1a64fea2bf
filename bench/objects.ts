/**
 * What a million small objects cost in memory, and how long it takes to find one: `node bench/objects.ts`. In a process of its
 * own each, so that one does not leave its garbage to the next.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Random } from "../src/base/random.ts";
import { MemoryStore } from "../src/cache/memory-store.ts";
import type { Goal, Result, Scenario } from "./scenario.ts";
import { figure, table } from "./table.ts";

const COUNTS = [1_000, 10_000, 100_000, 1_000_000];
const SEED = 1;
const LIMIT = 600;

/** Bodies of as many bytes, evenly spread. */
const SHORTEST = 100;
const LONGEST = 1000;

const LOOKUPS = 1_000_000;

interface Figures {
  readonly count: number;
  /** Bytes of memory for each, without its body, its key and its field lines. */
  readonly bookkeeping: number;
  /** What the store takes it for. */
  readonly counted: number;
  readonly payload: number;
  readonly insert: number;
  /** Nanoseconds, with a key that has just been read from a request; the same without looking it up. */
  readonly lookup: number;
  readonly reading: number;
}

export const objects: Scenario = {
  name: "objects",
  title: "A million small objects in the memory store",
  how: `Bodies of ${SHORTEST} to ${LONGEST} bytes (seed ${SEED}), in a process of its own for each row: the growth of its memory (RSS, after garbage collection) less bodies, keys and field lines; then ${figure(LOOKUPS)} look-ups of keys that are there, chosen evenly, each made anew from bytes as in a request.`,
  peers: [],
  measure: async (_peers, _site, isQuick) => measured(isQuick ? COUNTS.slice(0, -1) : COUNTS),
};

function measured(counts: readonly number[]): Result {
  const all = counts.map(inChild);
  const rows = all.map((one) => [
    figure(one.count),
    ...[one.payload, one.bookkeeping, one.counted, one.insert, one.lookup].map((value) => figure(value, 0)),
  ]);
  const heads = [
    "objects",
    "bytes of content, key, lines",
    "bookkeeping",
    "as the store counts it",
    "ns to store",
    "ns to find",
  ];
  const largest = all.at(-1)!;
  const goal: Goal = {
    name: `bookkeeping of a cached object, ${figure(largest.count)} of them`,
    wanted: `≤ ${LIMIT} bytes`,
    measured: `${figure(largest.bookkeeping, 0)} bytes`,
    isMet: largest.bookkeeping <= LIMIT,
  };
  return { table: table(heads, rows), goals: [goal], notes: [] };
}

function inChild(count: number): Figures {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--expose-gc", fileURLToPath(import.meta.url), String(count)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`Cannot measure ${count} objects: ${stderr}`);
  return JSON.parse(stdout);
}

function measure(count: number): Figures {
  const random = new Random(SEED);
  const store = new MemoryStore({ budget: 4 * 1024 ** 3 });
  const body = random.bytes(LONGEST);
  const bytes = Buffer.alloc(256);
  // As a reader makes it: text of its own, out of bytes.
  const keyOf = (i: number): string =>
    bytes.toString("latin1", 0, bytes.write(`http://www.example.com/articles/2026/${i}.html`, "latin1"));
  const put = (i: number): number => {
    const key = keyOf(i);
    const lines = `Content-Type: text/html\r\nCache-Control: max-age=${i % 1000}\r\nETag: "${i}"\r\n`;
    const size = SHORTEST + random.below(LONGEST - SHORTEST + 1);
    const time = 1_790_000_000_000 + i;
    const filling = store.open(
      {
        key,
        status: 200,
        reason: undefined,
        lines,
        requestTime: time,
        responseTime: time + 20,
        selecting: [],
        tags: [],
        groups: [],
        isInvalid: false,
        isAuthorized: false,
      },
      { size },
    )!;
    filling.write(body.subarray(0, size));
    filling.end();
    return key.length + lines.length + size;
  };
  // All is compiled that is going to be.
  for (let i = 0; i < 20_000; i++) put(-i);
  store.purge({ by: "everything" }, "remove");
  const before = rss();
  let payload = 0;
  const started = performance.now();
  for (let i = 0; i < count; i++) payload += put(i);
  const inserted = performance.now();
  const after = rss();

  let found = 0;
  const time = (look: (key: string) => void): number => {
    const chance = new Random(SEED);
    const begun = performance.now();
    for (let i = 0; i < LOOKUPS; i++) look(keyOf(chance.below(count)));
    return ((performance.now() - begun) / LOOKUPS) * 1e6;
  };
  const look = (key: string): void => {
    if (store.first(key) !== undefined) found++;
  };
  const nothing = (key: string): void => {
    if (key.length === 0) found++;
  };
  time(look);
  time(nothing);
  const reading = time(nothing);
  const lookup = time(look) - reading;
  if (found !== 2 * LOOKUPS) throw new Error(`${found} were found`);
  return {
    count,
    bookkeeping: (after - before - payload) / count,
    counted: (store.state().used! - payload) / count,
    payload: payload / count,
    insert: ((inserted - started) / count) * 1e6,
    lookup,
    reading,
  };
}

function rss(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return process.memoryUsage.rss();
}

if (import.meta.main) {
  const count = process.argv[2];
  if (count !== undefined) console.log(JSON.stringify(measure(Number(count))));
  else {
    const { table, goals } = measured(COUNTS);
    console.log(
      `${table}\n${goals.map(({ name, measured, wanted }) => `${name}: ${measured} (${wanted})`).join("\n")}`,
    );
  }
}
