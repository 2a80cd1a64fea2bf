/** Whatever befalls the store, or those who read and speak: each gets one answer, whole, or sees that it broke off. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import type { CacheCounters } from "../../src/cache/counters.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store, Stored } from "../../src/cache/store.ts";
import { caching } from "../../src/handlers/caching.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer, Handler } from "../../src/web/handler.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";
import { filling, like, refusing, slowly } from "./odd-stores.ts";
import { lent, Spoken } from "./spoken-body.ts";

const HOST = { Host: "a.test" };
const clock = new VirtualClock(Date.UTC(1994, 10, 6));
const settle = () => clock.advance(0);
const fresh = (more: Record<string, string> = {}): Fields => Fields.of({ "Cache-Control": "max-age=60", ...more });

const no = (): never => {
  throw new Error("the store is broken");
};
const later = async (): Promise<never> => no();
const memory = (): MemoryStore => new MemoryStore();
const kept = (): Stored => ({ content: { length: 6, ranges: undefined, read: no } }) as unknown as Stored;

const STORES: [what: string, store: () => Store][] = [
  ["opens nothing", () => like(memory(), { open: () => undefined })],
  ["throws when it is to open", () => like(memory(), { open: no })],
  ["fails to find anything", () => like(memory(), { find: later })],
  ["throws when it is to find", () => like(memory(), { find: no })],
  ["fails further away", () => like(memory(), { deeper: later })],
  ["throws further away", () => like(memory(), { deeper: no })],
  ["takes nothing", () => refusing(memory(), 0)],
  ["takes nothing, and says so later", () => filling(memory(), () => ({ write: async () => false }))],
  ["takes the beginning", () => refusing(memory(), 3)],
  ["throws when it is to take", () => filling(memory(), () => ({ write: no }))],
  ["fails to take", () => filling(memory(), () => ({ write: later }))],
  [
    // As one does that copies bytes, and then cannot write them down.
    "takes bytes and says that it has not",
    () => filling(memory(), (inner) => ({ write: (bytes) => inner.write(bytes) && inner.size < 4 })),
  ],
  ["keeps nothing in the end", () => filling(memory(), () => ({ end: () => undefined }))],
  ["keeps nothing in the end, and says so later", () => filling(memory(), () => ({ end: async () => undefined }))],
  ["throws at the end", () => filling(memory(), () => ({ end: no }))],
  ["fails at the end", () => filling(memory(), () => ({ end: later }))],
  ["cannot let go", () => filling(refusing(memory(), 0), () => ({ abort: no }))],
  ["cannot freshen", () => like(memory(), { freshen: later })],
  ["cannot remove, or purge", () => like(memory(), { remove: later, purge: no })],
  ["is slow", () => slowly(memory(), settle)],
  ["is slow further away", () => like(memory(), { deeper: () => settle().then(() => []) })],
];

/** A server of "onetwo", which knows ranges, conditions, and all methods. */
const onetwo: Handler = ({ method, fields }) => {
  const said = fresh({ ETag: '"v1"' });
  if (fields.get("if-none-match")?.includes('"v1"')) return { status: 304, fields: said };
  if (method === "POST") return { status: 204, fields: new Fields() };
  const [, first, last = "5"] = /^bytes=(\d)-(\d)?$/.exec(fields.get("range") ?? "") ?? [];
  const text = first === undefined ? "onetwo" : "onetwo".slice(Number(first), Number(last) + 1);
  if (first !== undefined) said.append("Content-Range", `bytes ${first}-${last}/6`);
  const body = bodyOf([text.slice(0, 3), text.slice(3)], { later: true, length: text.length });
  return { status: first === undefined ? 200 : 206, fields: said, body: method === "HEAD" ? undefined : body };
};

for (const [what, store] of STORES) {
  test(`a store that ${what} keeps nobody from his answer`, async () => {
    const cached = caching(onetwo, { store: store(), clock });
    const asks = async (line: string, fields: Record<string, string> = {}): Promise<string> => {
      const answer = await cached(request(line, { ...HOST, ...fields }), exchange());
      return `${answer.status} ${line.startsWith("HEAD") ? "" : await textOf(answer)}`;
    };
    for (const _ of [1, 2]) {
      deepEqual(await Promise.all(Array.from({ length: 5 }, () => asks("GET /"))), Array(5).fill("200 onetwo"));
      equal(await asks("GET /"), "200 onetwo");
      equal(await asks("HEAD /"), "200 ");
      equal(await asks("GET /", { "If-None-Match": '"v1"' }), "304 ");
      equal(await asks("GET /", { Range: "bytes=1-3" }), "206 net");
      equal(await asks("GET /p", { Range: "bytes=1-3" }), "206 net");
      equal(await asks("GET /p", { Range: "bytes=2-5" }), "206 etwo");
      equal(await asks("GET /p"), "200 onetwo");
      equal(await asks("POST /"), "204 ");
      equal(await asks("GET /"), "200 onetwo");
      await clock.advance(60_000);
      equal(await asks("GET /"), "200 onetwo");
      equal(await asks("HEAD /p", { "Cache-Control": "no-cache" }), "200 ");
      await cached.purge({ by: "everything" }, "remove");
    }
    await settle();
    equal(answersIn(cached.counters), 32);
  });
}

/** Each answer is counted once. */
const answersIn = ({ hits, stale, revalidated, collapsed, misses, bypassed }: CacheCounters): number =>
  hits + stale + revalidated + collapsed + misses + bypassed;

// ── what the store has cannot be read ──

test("what was taken and cannot be read breaks off", async () => {
  const store = filling(memory(), () => ({ read: later }));
  const cached = caching(onetwo, { store, clock });
  await rejects(textOf(await cached(request("GET /", HOST), exchange())), /the store is broken/);
});

test("what was stored and ends early breaks off, and is read again from where it was", async () => {
  for (const [pieces, outcome] of [
    [["one", "two"], "onetwo"],
    [["on"], "Cannot read on"],
  ] as const) {
    // A store whose content is a body of its own, as that of a file is: what it gives ends where it likes.
    const left = [...pieces];
    const content = { length: 6, ranges: undefined, read: () => bodyOf(left.splice(0, 1)) };
    const store = filling(memory(), () => ({ end: () => ({ ...kept(), content }) as Stored }));
    const server = new Spoken(6);
    const cached = caching(() => ({ status: 200, fields: fresh(), body: server }), { store, clock });
    const { body } = await cached(request("GET /", HOST), exchange());
    server.says("onetwo");
    server.says(undefined);
    await settle();
    const heard = await textOf({ status: 200, fields: new Fields(), body }).catch((error: Error) => error.message);
    equal(heard.startsWith(outcome), true, heard);
  }
});

test("a part that is read out of the store is read from where it belongs", async () => {
  const server = new Spoken(3);
  const store = memory();
  const cached = caching(
    ({ fields }) => {
      const range = fields.get("range") === "bytes=0-2" ? "bytes 0-2/9" : "bytes 3-5/9";
      const body = range.startsWith("bytes 0") ? new TextEncoder().encode("abc") : server;
      return { status: 206, fields: fresh({ ETag: '"v1"', "Content-Range": range }), body };
    },
    { store, clock },
  );
  const asks = (range: string) => cached(request("GET /", { ...HOST, Range: range }), exchange());
  equal(await textOf(await asks("bytes=0-2")), "abc");
  const answer = await asks("bytes=3-5");
  server.says("d");
  await settle();
  equal(new TextDecoder().decode((await (answer.body as Body).read())!), "d");
  server.says("ef");
  server.says(undefined);
  await settle();
  // All of it has been stored by now, behind the other part.
  deepEqual((await store.find("http://a.test/"))[0]!.content.ranges, [{ first: 0, last: 5 }]);
  equal(await textOf(answer), "ef");
});

test("what broke off is read to where it broke off, and no further, though that is stored", async () => {
  for (const store of [memory(), slowly(memory(), settle)]) {
    const server = new Spoken(9);
    const cached = caching(() => ({ status: 200, fields: fresh({ ETag: '"v1"' }), body: server }), { store, clock });
    const [first, second] = [exchange(), exchange()].map((theirs) => cached(request("GET /", HOST), theirs));
    const [quick, slow] = [await first!, await second!];
    server.says("one");
    await settle();
    equal(new TextDecoder().decode((await (quick.body as Body).read())!), "one");
    server.says("two");
    server.says(new Error("the line is dead"));
    await settle();
    for (const [answer, text] of [
      [quick, "two"],
      [slow, "onetwo"],
    ] as const) {
      let heard = "";
      const reading = async (): Promise<void> => {
        for (;;) {
          const part = await (answer.body as Body).read();
          if (part === undefined) return;
          heard += new TextDecoder().decode(part);
        }
      };
      await rejects(reading(), /the line is dead/);
      equal(heard, text);
      (answer.body as Body).cancel();
    }
  }
});

// ── the moment in which a store is at work ──

test("while what has come whole is being stored, others are answered with it; purged meanwhile, it goes", async () => {
  const store = slowly(memory(), settle);
  const asked: string[] = [];
  const handler: Handler = ({ target }) => {
    asked.push(target);
    return { status: 200, fields: fresh(), body: new TextEncoder().encode(`${asked.length}`) };
  };
  const cached = caching(handler, { store, clock });
  const asks = async (target: string) => textOf(await cached(request(`GET ${target}`, HOST), exchange()));
  deepEqual(await Promise.all([asks("/"), asks("/"), asks("/")]), ["1", "1", "1"]);
  equal(await asks("/"), "1");
  equal(asked.length, 1);

  // The first is answered as soon as it has come.
  equal(await asks("/x"), "2");
  const purged = cached.purge({ by: "url", url: "http://a.test/x" }, "remove");
  await settle();
  await purged;
  await settle();
  await settle();
  equal(await asks("/x"), "3");
});

// ── bytes that are only lent ──

test("bytes that were lent, and given back, are in nobody's answer", async () => {
  for (const most of [Number.POSITIVE_INFINITY, 8, 0]) {
    const bodies: { givenBack: number }[] = [];
    const handler: Handler = () => {
      const body = lent(["one", "two", "three", "four"], 15);
      bodies.push(body);
      return { status: 200, fields: fresh({ ETag: '"v1"' }), body };
    };
    const store = most === Number.POSITIVE_INFINITY ? memory() : refusing(memory(), most);
    const cached = caching(handler, { store, clock });
    const answers = [exchange(), exchange(), exchange()].map((theirs) => cached(request("GET /", HOST), theirs));
    const [a, b, c] = (await Promise.all(answers)) as [Answer, Answer, Answer];
    // One reads piece by piece, one when all has come, one gives back what it has, as a server does that has sent it.
    equal(await textOf(a), "onetwothreefour");
    await settle();
    equal(await textOf(b), "onetwothreefour");
    let text = "";
    for (let part = await (c.body as Body).read(); part !== undefined; part = await (c.body as Body).read()) {
      text += new TextDecoder().decode(part);
      (c.body as Body).recycle?.();
    }
    equal(text, "onetwothreefour");
    equal(bodies.length, 1);
    ok(bodies[0]!.givenBack >= 3);
    if (most > 15) equal(await textOf(await cached(request("GET /", HOST), exchange())), "onetwothreefour");
  }
});

test("so it is with parts, and with what passes through", async () => {
  const handler: Handler = ({ fields }) => {
    const range = fields.get("range");
    if (range === "bytes=0-5") {
      return {
        status: 206,
        fields: fresh({ ETag: '"v1"', "Content-Range": "bytes 0-5/11" }),
        body: lent(["one", "two"], 6),
      };
    }
    if (range === "bytes=6-") {
      return {
        status: 206,
        fields: fresh({ ETag: '"v1"', "Content-Range": "bytes 6-10/11" }),
        body: lent(["th", "ree"], 5),
      };
    }
    return { status: 200, fields: Fields.of({ "Cache-Control": "no-store" }), body: lent(["four", "five"]) };
  };
  const cached = caching(handler, { store: memory(), clock });
  const asks = async (target: string, range?: string): Promise<string> => {
    const { body } = await cached(request(`GET ${target}`, { ...HOST, ...(range && { Range: range }) }), exchange());
    let text = "";
    for (let part = await (body as Body).read(); part !== undefined; part = await (body as Body).read()) {
      text += new TextDecoder().decode(part);
      (body as Body).recycle?.();
    }
    return text;
  };
  equal(await asks("/", "bytes=0-5"), "onetwo");
  equal(await asks("/"), "onetwothree");
  equal(await textOf(await cached(request("GET /", HOST), exchange())), "onetwothree");
  equal(await asks("/x"), "fourfive");
});
