import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../../src/cache/counters.ts";
import { adminPage } from "../../src/handlers/admin-page.ts";

const store = { name: "memory", responses: 1200, used: 512, budget: 1024, evictions: 0, trouble: "<b>full</b>" };
const page = adminPage({
  name: "<edge>",
  uptime: 5,
  hitRatio: 0.5,
  counters: { ...newCounters(), hits: 1 },
  stores: [store],
});

test("it shows every figure, in light and dark, without a script", () => {
  match(page, /<caption>Kept: memory<\/caption>/);
  match(page, /<th scope="row">responses<td>1,200/);
  match(page, /512 B of 1 KiB \(50 %\)/);
  match(page, /<meta name="color-scheme" content="light dark">/);
  equal(page.includes("<script"), false);
});

test("whatever a store or a name says stays text", () => {
  match(page, /The cache of &lt;edge&gt;/);
  match(page, /&lt;b&gt;full&lt;\/b&gt;/);
  equal(/<edge>|<b>/.test(page), false);
});
