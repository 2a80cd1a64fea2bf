/**
 * Which policy of eviction keeps what is asked for again: `node bench/eviction.ts`. The same requests to all of them, no
 * server and no clock, so that it comes out the same on every machine; writes bench/EVICTION.md.
 */

import { writeFileSync } from "node:fs";
import type { Evictable, Eviction } from "../src/cache/eviction/evictable.ts";
import { hashOf } from "../src/cache/eviction/hash.ts";
import { newPolicy } from "../src/cache/eviction/policies.ts";
import { Queue } from "../src/cache/eviction/queue.ts";
import { belady, beladySize, type Hits, nextUses } from "./belady.ts";
import type { Goal, Result, Scenario } from "./scenario.ts";
import { figure, table } from "./table.ts";
import { type Trace, traces } from "./traces.ts";

/** Of all that a trace asks for, how much the cache can hold. */
const SHARES = [0.01, 0.05, 0.2];

/** A larger object is not kept: its part of the cache, as in the store. */
const LARGEST = 1 / 8;

const REQUESTS = 400_000;

export const eviction: Scenario = {
  name: "eviction",
  title: "Policies of eviction",
  how: `Made-up requests, ${figure(REQUESTS)} a trace, simulated: hits in percent. Where objects differ in size, first hits of all requests, then bytes of them of all bytes. The cache holds the share that is named of all bytes that a trace asks for, and no object of more than an eighth of itself. Belady knows the future: who is asked for last goes; where sizes differ, that is for the bytes, and for the objects it is size × time until the next use, the greatest of 32 candidates. Neither is exact then, but nobody comes close to it without knowing.`,
  peers: [],
  measure: async (_peers, _site, isQuick) => compared(isQuick ? REQUESTS / 10 : REQUESTS),
};

class Item implements Evictable<Item> {
  weight: number;
  readonly hash: number;
  mark = 0;
  newer: Item | undefined;
  older: Item | undefined;
  isIn = false;

  constructor(id: number, weight: number) {
    this.weight = weight;
    this.hash = hashOf(String(id), 0);
  }
}

/** First in, first out: what the others have to be better than. */
class Fifo implements Eviction<Item> {
  readonly #queue = new Queue<Item>();
  add = (item: Item): void => this.#queue.push(item);
  touch = (): void => {};
  remove = (item: Item): void => this.#queue.remove(item);
  replace = (old: Item, item: Item): void => this.#queue.replace(old, item);
  evict(): Item | undefined {
    const victim = this.#queue.oldest;
    if (victim !== undefined) this.#queue.remove(victim);
    return victim;
  }
}

const POLICIES: readonly (readonly [name: string, make: (budget: number) => Eviction<Item>])[] = [
  ["FIFO", () => new Fifo()],
  ["LRU", (budget) => newPolicy("lru", budget)],
  ["SIEVE", (budget) => newPolicy("sieve", budget)],
  ["S3-FIFO", (budget) => newPolicy("s3-fifo", budget)],
  ["W-TinyLFU", (budget) => newPolicy("w-tinylfu", budget)],
];

/** Room is made before the newcomer is there, as the store does it. */
function simulate({ requests, sizes }: Trace, policy: Eviction<Item>, budget: number): Hits {
  const items = new Array<Item | undefined>(sizes.length).fill(undefined);
  const hits = { objects: 0, bytes: 0 };
  let used = 0;
  for (const id of requests) {
    const item = (items[id] ??= new Item(id, sizes[id]!));
    if (item.isIn) {
      hits.objects++;
      hits.bytes += item.weight;
      policy.touch(item);
      continue;
    }
    if (item.weight > 1 && item.weight > budget * LARGEST) continue;
    while (used + item.weight > budget) {
      const victim = policy.evict(item.weight)!;
      victim.isIn = false;
      used -= victim.weight;
    }
    policy.add(item);
    item.isIn = true;
    used += item.weight;
  }
  return hits;
}

/** `speed` depends on the machine, the rest does not. */
function compared(length: number): Result & { readonly speed: string } {
  const rows: string[][] = [];
  const all = traces(length);
  const times = new Map<string, number>();
  const gains: number[] = [];
  for (const trace of all) {
    const next = nextUses(trace);
    const footprint = distinct(trace).reduce((sum, id) => sum + trace.sizes[id]!, 0);
    for (const share of SHARES) {
      const budget = Math.round(footprint * share);
      const found = POLICIES.map(([name, make]) => {
        const started = performance.now();
        const hits = simulate(trace, make(budget), budget);
        times.set(name, (times.get(name) ?? 0) + performance.now() - started);
        return hits;
      });
      const bytes = belady(trace, next, budget);
      const objects = trace.hasSizes ? beladySize(trace, next, budget) : bytes;
      const limit = { objects: objects.objects, bytes: bytes.bytes };
      rows.push([`${trace.name}, ${100 * share} %`, ...[...found, limit].map((hits) => ratios(hits, trace))]);
      gains.push((100 * (found[OURS]!.objects - found[LRU]!.objects)) / length);
    }
  }
  const requests = all.length * SHARES.length * length;
  const speed = [...times].map(([name, ms]) => `${name} ${figure((ms / requests) * 1e6, 0)}`).join(", ");
  const goal: Goal = {
    name: `hits of ${POLICIES[OURS]![0]} beyond LRU's, least of all rows`,
    wanted: "≥ 0 points",
    measured: `${figure(Math.min(...gains))} points`,
    isMet: Math.min(...gains) >= 0,
  };
  return {
    table: table(["trace, and cache", ...POLICIES.map(([name]) => name), "Belady"], rows),
    goals: [goal],
    notes: all.map(
      ({ name, about, seed, sizes }) => `${name}: ${about}; seed ${seed}, ${figure(sizes.length)} objects`,
    ),
    speed: `nanoseconds a request, evictions included: ${speed}`,
  };
}

/** Of POLICIES. */
const LRU = 1;
const OURS = 3;

const distinct = ({ requests }: Trace): number[] => [...new Set(requests)];

function ratios(hits: Hits, { requests, sizes, hasSizes }: Trace): string {
  const objects = ((100 * hits.objects) / requests.length).toFixed(1);
  if (!hasSizes) return objects;
  const bytes = requests.reduce((sum, id) => sum + sizes[id]!, 0);
  return `${objects} / ${((100 * hits.bytes) / bytes).toFixed(1)}`;
}

if (import.meta.main) {
  const started = performance.now();
  const { table, notes, goals, speed } = compared(REQUESTS);
  const list = notes.map((note) => `- ${note}\n`).join("");
  writeFileSync(
    new URL("EVICTION.md", import.meta.url),
    `# Who leaves the cache

Written by \`node bench/eviction.ts\`. ${eviction.how}

${table}

${list}`,
  );
  console.log(`${table}\n\n${list}\n${speed}`);
  for (const { name, measured, wanted } of goals) console.log(`${name}: ${measured} (${wanted})`);
  console.log(`Written to bench/EVICTION.md, after ${figure((performance.now() - started) / 1000, 0)} s.`);
}
