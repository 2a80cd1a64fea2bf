/** The figures of a cache for Prometheus, taken from its counters when somebody asks for them. */

import type { CacheCounters } from "../cache/counters.ts";
import type { StoreState } from "../cache/store.ts";
import type { CacheReport } from "./cache-report.ts";

export interface Metrics {
  /** The media type of the text. */
  readonly type: string;
  text(): Promise<string>;
}

/** How requests were answered, by the names of the label `result`. */
const RESULTS: readonly (readonly [result: string, counter: keyof CacheCounters])[] = [
  ["hit", "hits"],
  ["stale", "stale"],
  ["revalidated", "revalidated"],
  ["collapsed", "collapsed"],
  ["miss", "misses"],
  ["bypass", "bypassed"],
];

const COUNTERS: readonly (readonly [name: string, help: string, counter: keyof CacheCounters])[] = [
  ["stored_total", "Responses put into the store.", "stored"],
  ["invalidated_total", "Responses made invalid by unsafe requests (RFC 9111, section 4.4).", "invalidated"],
  ["purged_total", "Responses purged by hand.", "purged"],
  ["saved_bytes_total", "Content that came from the store, and not over the network.", "bytesSaved"],
  ["fetched_bytes_total", "Content that came from servers.", "bytesFetched"],
];

const PREFIX = "maitred_cache_";

/**
 * The figures, by a library that is loaded here, so that it costs nothing before the first scrape. `report` is asked once
 * for each.
 *
 * @example
 * const cache = { counters: { ...newCounters(), hits: 2 }, store: new MemoryStore() };
 * const metrics = await metricsOf(() => reportOn(cache, "maitred", 60));
 * (await metrics.text()).includes('maitred_cache_requests_total{result="hit"} 2'); // true
 */
export async function metricsOf(report: () => Promise<CacheReport>): Promise<Metrics> {
  const { Counter, Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  const registers = [registry];
  let current: CacheReport | undefined;

  new Counter({
    name: `${PREFIX}requests_total`,
    help: "Requests, by how they were answered.",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      for (const [result, counter] of RESULTS) this.inc({ result }, current!.counters[counter]);
    },
  });
  for (const [name, help, counter] of COUNTERS) {
    new Counter({
      name: PREFIX + name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(current!.counters[counter]);
      },
    });
  }
  new Counter({
    name: `${PREFIX}evictions_total`,
    help: "Responses that had to go for want of room.",
    labelNames: ["store"],
    registers,
    collect() {
      this.reset();
      for (const { name, evictions } of current!.stores) this.inc({ store: name }, evictions);
    },
  });
  const gauge = (name: string, help: string, value: (store: StoreState) => number | undefined): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: ["store"],
      registers,
      collect() {
        this.reset();
        for (const store of current!.stores) {
          const now = value(store);
          if (now !== undefined) this.set({ store: store.name }, now);
        }
      },
    });
  };
  gauge("responses", "Responses that are kept.", ({ responses }) => responses);
  gauge("used_bytes", "What they take up, with all that belongs to them.", ({ used }) => used);
  gauge("budget_bytes", "What they may take up.", ({ budget }) => budget);
  gauge("store_up", "Whether the store works.", ({ trouble }) => (trouble === undefined ? 1 : 0));
  new Gauge({
    name: `${PREFIX}uptime_seconds`,
    help: "How long the cache has been running.",
    registers,
    collect() {
      this.set(current!.uptime);
    },
  });

  const text = async (): Promise<string> => {
    current = await report();
    return registry.metrics();
  };
  return { type: registry.contentType, text };
}
