import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { parseUriPattern } from "../../src/cache/rules.ts";
import { type AdminOptions, admin } from "../../src/handlers/admin.ts";
import { administered, CAME, keep, type TestCache } from "./administered.ts";
import { type bodyOf, exchange, request, textOf } from "./exchange.ts";

const LOCAL = { Host: "localhost:3129" };

async function asked(
  cache: TestCache,
  line: string,
  fields: Readonly<Record<string, string>> = {},
  body?: string,
  options: AdminOptions = {},
) {
  const answer = await admin(cache, options)(request(line, { ...LOCAL, ...fields }, body), exchange());
  const text = await textOf(answer);
  return { status: answer.status, fields: answer.fields, text, json: () => JSON.parse(text) };
}

const purged = async (cache: TestCache, order: unknown) =>
  asked(cache, "POST /purge", { "Content-Type": "application/json" }, JSON.stringify(order));

test("the front is a page for a browser, and text for others; both of this moment", async () => {
  const cache = administered();
  cache.counters.hits = 3;
  cache.counters.misses = 1;
  const page = await asked(cache, "GET /", { Accept: "text/html,*/*" });
  equal(page.fields.get("content-type"), "text/html; charset=utf-8");
  match(page.fields.get("content-security-policy")!, /default-src 'none'.*frame-ancestors 'none'/);
  equal(page.fields.get("cache-control"), "no-store");
  match(page.text, /<h1>The cache of maitred<\/h1>/);
  match(page.text, /from the cache<td>75 %/);
  const text = await asked(cache, "GET /", { Accept: "*/*" });
  equal(text.fields.get("content-type"), "text/plain; charset=utf-8");
  match(text.text, /^ {2}from the cache {11}75 %$/m);
  match(text.text, /\/entries/);
});

test("the state is JSON: counters, store, uptime", async () => {
  const cache = administered();
  await keep(cache.store, "http://a/1");
  cache.counters.hits = 2;
  const clock = new VirtualClock(CAME);
  const handler = admin(cache, { name: "edge", clock });
  await clock.advance(61_500);
  const state = JSON.parse(await textOf(await handler(request("GET /state", LOCAL), exchange())));
  deepEqual([state.name, state.uptime, state.hitRatio, state.counters], ["edge", 61, 1, cache.counters]);
  deepEqual(state.stores, [{ ...cache.store.state() }]);
});

test("figures are for Prometheus", async () => {
  const cache = administered();
  cache.counters.stale = 7;
  const { status, fields, text } = await asked(cache, "GET /metrics");
  equal(status, 200);
  match(fields.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  match(text, /^maitred_cache_requests_total\{result="stale"\} 7$/m);
});

test("entries are a line each, with how long they are good, by our rules; a prefix chooses among them", async () => {
  const cache = administered();
  await keep(cache.store, "http://a/1", { tags: ["menu"], selecting: [["accept-language", "de"]] });
  await keep(cache.store, "http://a/2", { lines: "", status: 404 });
  await keep(cache.store, "http://b/1");
  const rules = { lifetimes: [{ pattern: parseUriPattern("/2"), ms: 10_000 }] };
  const clock = new VirtualClock(CAME + 20_000);
  const { text, fields } = await asked(cache, "GET /entries?prefix=http%3A%2F%2Fa%2F", {}, undefined, { rules, clock });
  equal(fields.get("content-type"), "application/jsonl");
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const [first, second, ...more] = lines;
  deepEqual(first, {
    ...{ key: "http://a/1", status: 200, age: 20, ttl: 40, length: 5, here: 5, isInvalid: false },
    ...{ selecting: [["accept-language", "de"]], tags: ["menu"], groups: [] },
  });
  deepEqual([second.key, second.status, second.ttl, more.length], ["http://a/2", 404, -10, 0]);
});

test("many entries come bit by bit, and not more than are read", async () => {
  const cache = administered();
  for (let i = 0; i < 1000; i++) await keep(cache.store, `http://a/${i}`);
  const answer = await admin(cache)(request("GET /entries", LOCAL), exchange());
  const body = answer.body as ReturnType<typeof bodyOf>;
  const first = await body.read();
  equal(first!.length < 32 * 1024, true);
  body.cancel();
  equal(await body.read(), undefined);
  equal((await asked(cache, "GET /entries")).text.split("\n").length, 1001);
});

test("explain passes on the method and the fields that are to be tried", async () => {
  const cache = administered();
  const url = encodeURIComponent("http://a/menu?today");
  const field = (text: string) => `&field=${encodeURIComponent(text)}`;
  const answer = await asked(
    cache,
    `GET /explain?url=${url}&method=HEAD${field("Accept-Language: de")}${field("Cache-Control:no-cache")}`,
  );
  equal(answer.json().key, "http://a/menu?today");
  const [{ method, target, fields } = assertAsked()] = cache.asked;
  deepEqual(
    [method, target, fields.print()],
    ["HEAD", "http://a/menu?today", "Accept-Language: de\r\nCache-Control: no-cache\r\n"],
  );
});

const assertAsked = (): never => {
  throw new Error("nobody asked");
};

const UNEXPLAINED: [query: string, message: string][] = [
  ["", "Cannot explain: it does not say url=http://…"],
  ["?url=/menu", 'Cannot explain "/menu": it is not an http or https URL'],
  ["?url=ftp://a/", 'Cannot explain "ftp://a/": it is not an http or https URL'],
  ["?url=http://a/&method=a%20b", 'Cannot explain: "a b" is not a method'],
  ["?url=http://a/&field=x", 'Cannot ask with the field "x": it is not written "Name: value"'],
];

for (const [query, message] of UNEXPLAINED) {
  test(`/explain${query} is refused`, async () => {
    const { status, text } = await asked(administered(), `GET /explain${query}`);
    deepEqual([status, text], [400, `400 Bad Request: ${message}\n`]);
  });
}

test("purges by URL in whatever spelling, and all its variants", async () => {
  const cache = administered({ ignoredQuery: ["utm_*"], withFields: ["x-tenant"] });
  for (const key of ["http://a/menu x-tenant=1", "http://a/menu x-tenant=2", "http://a/menus x-tenant=1"]) {
    await keep(cache.store, key);
  }
  const { status, json } = await purged(cache, { url: "HTTP://A:80/%6Denu?utm_source=x" });
  deepEqual([status, json()], [200, { purged: 2 }]);
  deepEqual(
    [...cache.store.list()].map(({ key }) => key),
    ["http://a/menus x-tenant=1"],
  );
});

const PURGES: [order: Record<string, unknown>, left: string[]][] = [
  [{ prefix: "http://a/m" }, ["http://a:81/x", "http://b/m"]],
  [{ prefix: "http://A:80/m" }, ["http://a:81/x", "http://b/m"]],
  [{ prefix: "http://a" }, ["http://b/m"]],
  [{ host: "A" }, ["http://b/m"]],
  [{ tag: "t" }, ["http://a/m1", "http://a:81/x", "http://b/m"]],
  [{ everything: true }, []],
];

for (const [order, left] of PURGES) {
  test(`purges ${JSON.stringify(order)}`, async () => {
    const cache = administered();
    for (const key of ["http://a/m1", "http://a:81/x", "http://b/m"]) await keep(cache.store, key);
    await keep(cache.store, "http://a/m2", { tags: ["t"] });
    const { json } = await purged(cache, order);
    equal(json().purged, 4 - left.length);
    deepEqual([...cache.store.list()].map(({ key }) => key).sort(), left);
  });
}

test("a soft purge leaves it there, to be asked about", async () => {
  const cache = administered();
  await keep(cache.store, "http://a/menu");
  const order = "url=http%3A%2F%2Fa%2Fmenu&soft=1";
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  deepEqual((await asked(cache, "POST /purge", form, order)).json(), { purged: 1 });
  deepEqual(
    [...cache.store.list()].map(({ isInvalid }) => isInvalid),
    [true],
  );
});

test("what is no order is refused, and nothing is purged", async () => {
  const cache = administered();
  await keep(cache.store, "http://a/menu");
  for (const [order, why] of [
    [{}, /it does not say what/],
    [{ url: "/menu" }, /"\/menu": it is not an http or https URL/],
  ] as const) {
    const { status, text } = await purged(cache, order);
    equal(status, 400);
    match(text, why);
  }
  equal((await asked(cache, "POST /purge", {}, "x".repeat(70_000))).status, 413);
  equal(cache.store.state().responses, 1);
});

const ELSEWHERE: [line: string, status: number, words: RegExp][] = [
  ["GET /nowhere", 404, /There is no such place here, but \/, \/state, \/metrics, \/entries, \/explain, \/purge/],
  ["GET /purge", 405, /GET is not for this path/],
  ["POST /state", 405, /POST is not for this path/],
  ["POST /", 405, /POST is not for this page/],
  ["BREW /", 501, /There is no method BREW here/],
];

for (const [line, status, words] of ELSEWHERE) {
  test(`${line} is ${status}`, async () => {
    const answer = await asked(administered(), line);
    equal(answer.status, status);
    match(answer.text, words);
    equal(answer.fields.has("allow"), status === 405);
  });
}

test("nobody else's page may ask", async () => {
  equal((await asked(administered(), "GET /state", { Host: "evil.example:3129" })).status, 403);
  equal((await asked(administered(), "POST /purge", { Origin: "http://evil.example" }, "everything=1")).status, 403);
});
