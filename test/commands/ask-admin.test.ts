import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { askAdmin, askAdminFor } from "../../src/commands/ask-admin.ts";
import type { CacheReport } from "../../src/handlers/cache-report.ts";
import { Fields } from "../../src/http/fields.ts";
import { statusPage } from "../../src/web/page.ts";
import { administered, keep } from "../handlers/administered.ts";
import { bodyOf } from "../handlers/exchange.ts";
import { folder, opened, openedFor, printed } from "./admin-door.ts";

const cache = administered();
await keep(cache.store, "http://a/menu");
const byPort = await openedFor(cache);
const byPath = await openedFor(cache, { path: join(folder, "admin.sock") });

for (const [what, at] of [
  ["a port", byPort],
  ["a path", byPath],
] as const) {
  test(`a cache is asked by ${what}`, async () => {
    const report = await askAdminFor<CacheReport>(at, { target: "/state" });
    equal(report.stores[0]?.responses, 1);
    equal((await askAdminFor<{ purged: number }>(at, { target: "/purge", order: { host: "nobody" } })).purged, 0);
  });
}

test("an answer comes piece by piece, and who has enough ends it", async () => {
  const large = administered();
  for (let i = 0; i < 2000; i++) await keep(large.store, `http://a/${i}`);
  const at = await openedFor(large);
  let pieces = 0;
  for await (const piece of askAdmin(at, { target: "/entries" })) {
    equal(piece.length < 300_000, true);
    if (++pieces === 1) break;
  }
  equal(pieces, 1);
});

test("letters that are torn apart come whole", async () => {
  const [first, second] = [new Uint8Array([0x22, 0xe2]), new Uint8Array([0x82, 0xac, 0x22])];
  const fields = Fields.of({ "Content-Type": "application/json" });
  const at = await opened(() => ({ status: 200, fields, body: bodyOf([first, second], { later: true }) }));
  equal(await askAdminFor(at, { target: "/" }), "€");
});

const HOW_TO = "maitred proxy --cache --admin does; --admin says where";
const REFUSED: [
  what: string,
  at: () => Promise<Parameters<typeof askAdmin>[0]>,
  target: string,
  why: (at: string) => string,
][] = [
  [
    "nobody",
    async () => ({ host: "127.0.0.1", port: 1 }),
    "/state",
    (at) => `Cannot ask the cache at ${at}: nobody listens there (${HOW_TO})`,
  ],
  [
    "nobody at a path",
    async () => ({ path: join(folder, "none.sock") }),
    "/state",
    (at) => `Cannot ask the cache at ${at}: nobody listens there (${HOW_TO})`,
  ],
  [
    "a server without a cache",
    () => opened((request) => statusPage(404, request)),
    "/state",
    (at) => `Cannot ask the cache at ${at}: who listens there has none to ask (${HOW_TO})`,
  ],
  [
    "a server of pages",
    () => opened((request) => statusPage(200, request)),
    "/state",
    (at) => `Cannot ask the cache at ${at}: who listens there has none to ask (${HOW_TO})`,
  ],
  [
    "a proxy without a cache",
    () => opened((request) => statusPage(400, request, "This is a proxy, not a web server")),
    "/state",
    (at) => `Cannot ask the cache at ${at}: who listens there has none to ask (${HOW_TO})`,
  ],
  [
    "one that is told nonsense",
    async () => byPort,
    "/explain?url=menu",
    () => 'Cannot explain "menu": it is not an http or https URL',
  ],
];

for (const [what, open, target, why] of REFUSED) {
  test(`${what} is a refusal of one line`, async () => {
    const at = await open();
    await rejects(askAdminFor(at, { target }), { name: "Refusal", message: why(printed(at)) });
  });
}

test("an order is sent as JSON", async () => {
  const fields = Fields.of({ "Content-Type": "application/json" });
  const seen: unknown[] = [];
  const at = await opened(async ({ method, target, fields: asked, body }) => {
    const bytes = await body!.read();
    seen.push(method, target, asked.get("content-type"), new TextDecoder().decode(bytes));
    return { status: 200, fields, body: new TextEncoder().encode("1") };
  });
  await askAdminFor(at, { target: "/purge", order: { tag: "ä" } });
  deepEqual(seen, ["POST", "/purge", "application/json", '{"tag":"ä"}']);
});
