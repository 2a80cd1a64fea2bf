import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askAdminFor } from "../../src/commands/ask-admin.ts";
import type { CacheFlags } from "../../src/commands/cache-flags.ts";
import { type CachedOptions, cachedBy } from "../../src/commands/cached.ts";
import type { CacheReport } from "../../src/handlers/cache-report.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Handler } from "../../src/web/handler.ts";
import { exchange, request, textOf } from "../handlers/exchange.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-cached-"));
after(() => rmSync(folder, { recursive: true }));

/** Counts how often it is asked, and says that in its answer. */
function origin(fields: Record<string, string> = { "Cache-Control": "max-age=60" }): Handler & { asked: number } {
  const handler = Object.assign<Handler, { asked: number }>(
    () => {
      handler.asked += 1;
      const body = new TextEncoder().encode(`answer ${handler.asked}`);
      return { status: 200, fields: Fields.of({ ...fields, "Content-Length": String(body.length) }), body };
    },
    { asked: 0 },
  );
  return handler;
}

/** What is answered to these requests, one after the other, by one cache. */
async function answers(
  flags: CacheFlags,
  lines: string[],
  fields?: Record<string, string>,
  options: CachedOptions = {},
) {
  const { handler, close } = await cachedBy(origin(fields), flags, options);
  const texts: string[] = [];
  const statuses: (string | undefined)[] = [];
  for (const line of lines) {
    const answer = await handler(request(line, { Host: "a" }), exchange());
    texts.push(await textOf(answer));
    statuses.push(answer.fields.get("cache-status"));
  }
  await close();
  return { texts, statuses };
}

const TWICE = ["GET /menu", "GET /menu"];
const [KEPT, ASKED] = [
  ["answer 1", "answer 1"],
  ["answer 1", "answer 2"],
];
const OLD = { "Last-Modified": "Mon, 01 Jan 2001 00:00:00 GMT" };

const CASES: [
  what: string,
  flags: CacheFlags,
  lines: string[],
  texts: string[],
  fields?: Record<string, string>,
  options?: CachedOptions,
][] = [
  ["what is fresh is kept", {}, TWICE, KEPT],
  ["what is left alone is not", { noCache: ["/menu"] }, TWICE, ASKED],
  ["a lifetime by pattern", { ttl: ["/menu=1h"] }, TWICE, KEPT, {}],
  ["parameters that do not matter", { ignoreQuery: ["utm_*"] }, ["GET /?utm_x=1", "GET /"], KEPT],
  ["a key without the query", { cacheKey: ["-query"] }, ["GET /?a", "GET /?b"], KEPT],
  ["a guess", {}, TWICE, KEPT, OLD],
  ["no guess", { heuristic: false }, TWICE, ASKED, OLD],
  ["no guess by default", {}, TWICE, ASKED, OLD, { guesses: false }],
  ["a guess after all", { heuristic: true }, TWICE, KEPT, OLD, { guesses: false }],
  ["cookies", {}, TWICE, KEPT, { "Cache-Control": "max-age=60", "Set-Cookie": "a=b" }],
  [
    "cookies that are refused",
    { refuseCookies: true },
    TWICE,
    ASKED,
    { "Cache-Control": "max-age=60", "Set-Cookie": "a=b" },
  ],
  [
    "a target of one's own",
    { targetField: ["House-Cache-Control"] },
    TWICE,
    KEPT,
    { "House-Cache-Control": "max-age=60" },
  ],
  ["what is too large", { maxObject: 3 }, TWICE, ASKED],
];

for (const [what, flags, lines, texts, fields, options] of CASES) {
  test(`${what}: ${texts.join(", ")}`, async () =>
    deepEqual((await answers(flags, lines, fields, options)).texts, texts));
}

const TELLINGS: [flags: CacheFlags, options: CachedOptions, hit: RegExp | undefined][] = [
  [{}, {}, /^maitred; hit; ttl=\d+; detail=/],
  [{}, { name: "edge" }, /^edge; hit/],
  [{ cacheStatus: "brief" }, {}, /^maitred; hit; ttl=\d+$/],
  [{ cacheStatus: "none" }, {}, undefined],
];

for (const [flags, options, hit] of TELLINGS) {
  test(`${JSON.stringify(flags)} ${JSON.stringify(options)} tells ${hit ?? "nothing"}`, async () => {
    const [, second] = (await answers(flags, TWICE, undefined, options)).statuses;
    if (hit === undefined) equal(second, undefined);
    else match(second!, hit);
  });
}

test("what is on the disk is there again after a restart", async () => {
  const flags = { disk: join(folder, "kept"), diskSize: 1024 * 1024 };
  const first = origin();
  const before = await cachedBy(first, flags);
  equal(await textOf(await before.handler(request("GET /", { Host: "a" }), exchange())), "answer 1");
  await before.close();
  const second = origin();
  const later = await cachedBy(second, flags);
  equal(await textOf(await later.handler(request("GET /", { Host: "a" }), exchange())), "answer 1");
  await later.close();
  equal(second.asked, 0);
});

test("a shared store that is not there is complained of, and does without", async (t) => {
  const told = t.mock.method(console, "error", () => {});
  const { handler, close } = await cachedBy(origin(), { shared: "redis://127.0.0.1:1" });
  for (let i = 0; i < 2; i++)
    equal(await textOf(await handler(request("GET /", { Host: "a" }), exchange())), "answer 1");
  await close();
  match(String(told.mock.calls[0]?.arguments[0]), /redis:\/\/127\.0\.0\.1:1/);
});

test("it can be watched and purged where that is wanted, until it closes", async () => {
  const { handler, admin, does, close } = await cachedBy(
    origin(),
    { admin: { path: join(folder, "admin") } },
    { name: "edge" },
  );
  await handler(request("GET /", { Host: "a" }), exchange());
  const report = await askAdminFor<CacheReport>(admin!, { target: "/state" });
  deepEqual([report.name, report.counters.misses, report.stores[0]?.responses], ["edge", 1, 1]);
  deepEqual(await askAdminFor(admin!, { target: "/purge", order: { url: "http://a/" } }), { purged: 1 });
  equal(does, `has a cache, to be watched at unix:${join(folder, "admin")}`);
  await close();
  await rejects(askAdminFor(admin!, { target: "/state" }), { name: "Refusal", message: /nobody listens there/ });
});

test("entries tell of lifetimes by the same rules", async () => {
  const { handler, admin, close } = await cachedBy(origin({}), {
    ttl: ["/*=1h"],
    admin: { host: "127.0.0.1", port: 0 },
  });
  await handler(request("GET /", { Host: "a" }), exchange());
  const { ttl } = await askAdminFor<{ ttl: number }>(admin!, { target: "/entries" });
  equal(ttl > 3590, true);
  await close();
});

writeFileSync(join(folder, "file"), "no folder");
mkdirSync(join(folder, "locked"));

const taken = http.createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => taken.once("listening", resolve));
after(() => taken.close());
const { port } = taken.address() as { port: number };

const REFUSED: [flags: CacheFlags, message: string | RegExp][] = [
  [{ ttl: ["x"] }, 'Cannot use --ttl "x": it is not written pattern=time, like /static/*=1h'],
  [{ cacheKey: ["x"] }, /^Cannot use --cache-key "x"/],
  [
    { memory: 1000, maxObject: 2000 },
    "Cannot use --max-object: 2000 bytes are more than the memory of 1000 has room for",
  ],
  [{ disk: join(folder, "file") }, /^Cannot keep the cache in ".*file": /],
  [{ shared: "http://a" }, 'Cannot use the shared store "http://a": it is not like redis://host:6379'],
  [
    { admin: { host: "127.0.0.1", port } },
    `Cannot listen on 127.0.0.1:${port}: something else listens there (--admin chooses another port)`,
  ],
  [
    { admin: { path: join(folder, "none", "a") } },
    `Cannot listen on ${join(folder, "none", "a")}: there is no such folder`,
  ],
];

for (const [flags, message] of REFUSED) {
  test(`${JSON.stringify(flags).replaceAll(folder, "…")} is refused`, () =>
    rejects(cachedBy(origin(), flags), { name: "Refusal", message }));
}

test("a folder is one maitred's at a time, and free again when it closes", async () => {
  const flags = { disk: join(folder, "mine") };
  const one = await cachedBy(origin(), flags);
  const message = `Cannot keep the cache in "${join(folder, "mine")}": another maitred is using it`;
  await rejects(cachedBy(origin(), flags), { name: "Refusal", message });
  await one.close();
  // Where the shared store cannot be had, the folder is given back, too.
  await rejects(cachedBy(origin(), { ...flags, shared: "http://a" }), { name: "Refusal" });
  await rejects(cachedBy(origin(), { ...flags, admin: { host: "127.0.0.1", port } }), { name: "Refusal" });
  await (await cachedBy(origin(), flags)).close();
});

test("a folder that one may not write in is refused", async () => {
  const locked = join(folder, "locked");
  chmodSync(folder, 0o755);
  chmodSync(locked, 0o500);
  // The super-user may write everywhere, so somebody else has to ask: nobody.
  const isSuper = process.geteuid!() === 0;
  if (isSuper) process.seteuid!(65534);
  try {
    await rejects(cachedBy(origin(), { disk: join(locked, "kept") }), {
      name: "Refusal",
      message: /^Cannot keep the cache in /,
    });
  } finally {
    if (isSuper) process.seteuid!(0);
    chmodSync(locked, 0o700);
  }
});
