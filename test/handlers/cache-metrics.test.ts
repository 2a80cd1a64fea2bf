import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../../src/cache/counters.ts";
import { metricsOf } from "../../src/handlers/cache-metrics.ts";
import type { CacheReport } from "../../src/handlers/cache-report.ts";

const REPORT: CacheReport = {
  name: "maitred",
  uptime: 90,
  counters: { ...newCounters(), hits: 5, misses: 2, bytesSaved: 4096 },
  stores: [
    { name: "memory", responses: 2, used: 100, budget: 1000, evictions: 3 },
    { name: "disk", responses: 7, used: 400, budget: 2000, evictions: 0 },
  ],
};

test("each figure has its name, its help and its type", async () => {
  const { text } = await metricsOf(async () => REPORT);
  const lines = (await text()).split("\n");
  for (const line of [
    'maitred_cache_requests_total{result="hit"} 5',
    'maitred_cache_requests_total{result="miss"} 2',
    'maitred_cache_requests_total{result="collapsed"} 0',
    "maitred_cache_saved_bytes_total 4096",
    'maitred_cache_evictions_total{store="memory"} 3',
    'maitred_cache_responses{store="memory"} 2',
    'maitred_cache_used_bytes{store="memory"} 100',
    'maitred_cache_budget_bytes{store="memory"} 1000',
    'maitred_cache_store_up{store="memory"} 1',
    'maitred_cache_responses{store="disk"} 7',
    'maitred_cache_used_bytes{store="disk"} 400',
    "maitred_cache_uptime_seconds 90",
    "# TYPE maitred_cache_requests_total counter",
    "# TYPE maitred_cache_used_bytes gauge",
  ]) {
    equal(lines.includes(line), true, line);
  }
  const named = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/[{ ]/)[0]!);
  for (const name of new Set(named))
    equal(
      lines.some((line) => line.startsWith(`# HELP ${name} `)),
      true,
      name,
    );
});

test("they are counted anew at each scrape, and never add up", async () => {
  let hits = 1;
  const { text } = await metricsOf(async () => ({ ...REPORT, counters: { ...REPORT.counters, hits: hits++ } }));
  const told = async () => /result="hit"\} (\d+)/.exec(await text())![1];
  deepEqual([await told(), await told(), await told()], ["1", "2", "3"]);
});

test("what a store does not know is left out, and its trouble is told", async () => {
  const store = {
    name: "shared",
    responses: 0,
    used: undefined,
    budget: undefined,
    evictions: 0,
    trouble: "it is gone",
  };
  const { text } = await metricsOf(async () => ({ ...REPORT, stores: [store] }));
  const told = await text();
  equal(/^maitred_cache_(used|budget)_bytes\{/m.test(told), false);
  match(told, /^maitred_cache_store_up\{store="shared"\} 0$/m);
});

test("two caches do not mix their figures", async () => {
  const [one, two] = await Promise.all([
    metricsOf(async () => REPORT),
    metricsOf(async () => ({ ...REPORT, uptime: 1 })),
  ]);
  match(await one.text(), /^maitred_cache_uptime_seconds 90$/m);
  match(await two.text(), /^maitred_cache_uptime_seconds 1$/m);
});
