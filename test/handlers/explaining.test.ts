import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { parseUriPattern } from "../../src/cache/rules.ts";
import { caching } from "../../src/handlers/caching.ts";
import { Fields } from "../../src/http/fields.ts";
import { cacheMeans, ok, partOf } from "./cache-means.ts";
import { exchange, request } from "./exchange.ts";
import { like } from "./odd-stores.ts";

type Said = Record<string, string>;

/** A cache in which this is stored; nobody may ask the server behind it. */
async function cache(
  here?: { answer: ReturnType<typeof ok>; asks?: Said },
  more: Partial<Parameters<typeof caching>[1]> = {},
) {
  const means = cacheMeans();
  if (here !== undefined) await means.keeps(here.answer, request("GET /", { Host: "a.test", ...here.asks }));
  const cached = caching(means.handler, { store: means.store, clock: means.clock, ...more });
  const explains = (line = "GET http://a.test/", fields: Said = {}) => {
    const { method, target } = request(line);
    return cached.explain({ method, target, fields: Fields.of(fields) });
  };
  return { means, cached, explains };
}

const CASES: [
  what: string,
  here: ReturnType<typeof ok> | undefined,
  asks: [line: string, fields: Said],
  words: RegExp,
  later?: number,
][] = [
  [
    "a hit",
    ok("soup"),
    ["GET http://a.test/", {}],
    /^a hit, fresh for 50 s more: fresh for 1 min: max-age=60 .*is 10 s old/,
  ],
  ["for HEAD, too", ok("soup"), ["HEAD http://a.test/", {}], /^a hit/],
  ["nothing", undefined, ["GET http://a.test/", {}], /^a miss: nothing is stored for it \(§4\)$/],
  ["stale", ok("soup"), ["GET http://a.test/", {}], /^asked again, since it is stale, stale for 30 s/, 90],
  [
    "a wish",
    ok("soup"),
    ["GET http://a.test/", { "Cache-Control": "max-age=5" }],
    /^asked again, as the request wants/,
  ],
  ["another variant", ok("soup", { Vary: "A" }), ["GET http://a.test/", { A: "2" }], /^a miss, though others/],
  ["a part", partOf(0, 4), ["GET http://a.test/", {}], /^asked for what was missing/],
  [
    "only what is stored",
    undefined,
    ["GET http://a.test/", { "Cache-Control": "only-if-cached" }],
    /wants only what is stored/,
  ],
  [
    "another method",
    ok("soup"),
    ["POST http://a.test/", {}],
    /^passed on, as its method wants: its method is for the origin/,
  ],
  ["no resource", ok("soup"), ["GET *", {}], /^left alone: names no resource/],
];
for (const [what, here, [line, fields], words, later = 10] of CASES) {
  test(`explained: ${what}`, async () => {
    const { means, cached, explains } = await cache(here && { answer: here });
    await means.clock.advance(later * 1000);
    const explained = await explains(line, fields);
    equal(words.test(explained.words), true, explained.words);
    equal(means.heard.length, 0);
    // Nobody has been answered.
    deepEqual([cached.counters.hits, cached.counters.misses], [0, 0]);
    // It is just so when it is asked.
    if (line.startsWith("POST") || line.endsWith("*")) return;
    const got = cached(request(line, { Host: "a.test", ...fields }), exchange());
    await means.settle();
    equal(means.heard.length === 0, explained.account.hit || /wants only/.test(explained.words));
    for (const { says } of means.heard) await says(ok("new"));
    await got;
  });
}

test("what is stored is told of: how old, how much of it is here, for whom, and why", async () => {
  const { means, explains } = await cache({
    answer: partOf(2, 4, { Vary: "A", "Cache-Tag": "x,y" }),
    asks: { A: "1" },
  });
  await means.clock.advance(90_000);
  const { key, stored } = await explains("GET http://A.TEST:80/", { A: "1" });
  equal(key, "http://a.test/");
  deepEqual(
    stored.map(({ because, ...all }) => [all, because.map(({ section }) => section)]),
    [
      [
        {
          ...{ status: 200, age: 90, ttl: -30, length: 10, here: 3, isInvalid: false },
          ...{ selecting: [["a", "1"]], tags: ["x", "y"] },
        },
        ["§5.2.2.1", "§5.2.2.1"],
      ],
    ],
  );
});

test("what is left alone is so whatever is stored", async () => {
  const rules = { bypasses: [parseUriPattern("/*")] };
  const { explains } = await cache({ answer: ok("soup") }, { rules });
  const { account, words, stored } = await explains();
  deepEqual([account.fwd, stored], ["bypass", []]);
  equal(words, "left alone: is left alone: --no-cache /* (configuration)");
});

test("what is further away is told of as well", async () => {
  const far = new MemoryStore();
  const means = cacheMeans({ store: far });
  await means.keeps(ok("soup"));
  const near = new MemoryStore();
  const store = like(near, { deeper: async (key) => far.find(key) });
  const cached = caching(means.handler, { store, clock: means.clock });
  const { account, stored } = await cached.explain({ method: "GET", target: "http://a.test/", fields: new Fields() });
  deepEqual([account.hit, stored.length], [true, 1]);
});
