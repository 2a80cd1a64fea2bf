/** Very many who want the same, and some who take their time: one request, and memory within bounds (RFC 9111 §4). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { type Caching, caching } from "../../src/handlers/caching.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Body } from "../../src/http/message.ts";
import type { Answer, Exchange, Handler } from "../../src/web/handler.ts";
import { exchange, request, type TestExchange, textOf } from "./exchange.ts";
import { refusing } from "./odd-stores.ts";
import { Spoken } from "./spoken-body.ts";

const HOST = { Host: "a.test" };
const clock = new VirtualClock(Date.UTC(1994, 10, 6));
const settle = () => clock.advance(0);

/** A server that is told when to say what; each request waits for its own answer. */
class Server {
  readonly asked: { answer: (answer: Answer) => void; exchange: Exchange }[] = [];
  readonly handler: Handler = (_, exchange) =>
    new Promise((resolve) => void this.asked.push({ answer: resolve, exchange }));
}

const fresh = (more: Record<string, string> = {}): Fields => Fields.of({ "Cache-Control": "max-age=60", ...more });

function crowd(cached: Caching, size: number): { exchange: TestExchange; answer: Promise<Answer> }[] {
  return Array.from({ length: size }, () => {
    const theirs = exchange();
    return { exchange: theirs, answer: Promise.resolve(cached(request("GET /", HOST), theirs)) };
  });
}

const text = new TextDecoder();
const read = async (answer: Answer): Promise<string> => {
  const part = await (answer.body as Body).read();
  return part === undefined ? "" : text.decode(part);
};

test("a thousand at once make one request, and each reads it as it comes", async () => {
  const server = new Server();
  const cached = caching(server.handler, { store: new MemoryStore(), clock });
  const all = crowd(cached, 1000);
  await settle();
  equal(server.asked.length, 1);
  const content = new Spoken(6);
  server.asked[0]!.answer({ status: 200, fields: fresh(), body: content });
  const answers = await Promise.all(all.map(({ answer }) => answer));
  content.says(new TextEncoder().encode("one"));
  deepEqual(new Set(await Promise.all(answers.map(read))), new Set(["one"]));
  const late = crowd(cached, 10);
  for (const { answer } of late) equal(await read(await answer), "one");
  content.says(new TextEncoder().encode("two"));
  deepEqual(new Set(await Promise.all(answers.map(read))), new Set(["two"]));
  content.says(undefined);
  deepEqual(new Set(await Promise.all(answers.map(read))), new Set([""]));
  for (const { answer } of late) equal(await textOf(await answer), "two");
  const { misses, collapsed, hits, bytesFetched } = cached.counters;
  deepEqual({ misses, collapsed, hits, bytesFetched }, { misses: 1, collapsed: 1009, hits: 0, bytesFetched: 6 });
  equal(await textOf(await cached(request("GET /", HOST), exchange())), "onetwo");
});

test("what is for one alone releases a thousand in parallel, and they do not queue again", async () => {
  const server = new Server();
  const cached = caching(server.handler, { store: new MemoryStore(), clock });
  const all = crowd(cached, 1000);
  await settle();
  server.asked[0]!.answer({ status: 200, fields: Fields.of({ "Cache-Control": "no-store" }) });
  await settle();
  equal(server.asked.length, 1000);
  crowd(cached, 10);
  await settle();
  equal(server.asked.length, 1010);
  for (const { answer } of server.asked) answer({ status: 204, fields: Fields.of({ "Cache-Control": "no-store" }) });
  await Promise.all(all.map(({ answer }) => answer));
  equal(cached.counters.misses, 1010);
});

test("of a thousand who leave, the last one lets go of the server", async () => {
  const server = new Server();
  const cached = caching(server.handler, { store: new MemoryStore(), clock });
  const all = crowd(cached, 1000);
  for (const { answer } of all) answer.catch(() => {});
  await settle();
  const { signal } = server.asked[0]!.exchange;
  for (const { exchange } of all.slice(1)) exchange.leave();
  equal(signal.aborted, false);
  all[0]!.exchange.leave();
  equal(signal.aborted, true);
  await settle();
  equal(server.asked.length, 1);
  // Who has left before he has come asks nobody.
  const gone = exchange();
  gone.leave();
  await Promise.resolve(cached(request("GET /", HOST), gone)).catch(() => {});
  equal(server.asked.length, 1);
});

test("where the store takes it, a slow reader does not slow the quick", async () => {
  const server = new Server();
  const store = new MemoryStore();
  const cached = caching(server.handler, { store, clock });
  const [quick, slow] = crowd(cached, 2);
  await settle();
  const content = new Spoken();
  server.asked[0]!.answer({ status: 200, fields: fresh(), body: content });
  const [a, b] = [await quick!.answer, await slow!.answer];
  const piece = new Uint8Array(64 * 1024).fill(97);
  let size = 0;
  for (let i = 0; i < 100; i++) {
    content.says(piece);
    while (size < (i + 1) * piece.length) size += ((await (a.body as Body).read()) as Uint8Array).length;
  }
  content.says(undefined);
  equal(await (a.body as Body).read(), undefined);
  await settle();
  equal((await store.find("http://a.test/")).length, 1);
  equal((await textOf(b)).length, size);
});

/** Refuses from so many bytes on, or at once. */
const REFUSALS: [what: string, store: () => Store][] = [
  ["which is too large for it", () => new MemoryStore({ budget: 2 ** 20, maxObject: 100_000 })],
  ["which it does not want after all", () => refusing(new MemoryStore(), 50_000)],
];

for (const [what, store] of REFUSALS) {
  test(`where the store does not take content, ${what}, the quick wait for the slow, within a window`, async () => {
    const server = new Server();
    const cached = caching(server.handler, { store: store(), clock });
    const all = crowd(cached, 20);
    await settle();
    const content = new Spoken();
    server.asked[0]!.answer({ status: 200, fields: fresh(), body: content });
    const [slow, ...quick] = await Promise.all(all.map(({ answer }) => answer));
    const piece = new Uint8Array(64 * 1024);
    const total = 100 * piece.length;
    for (let i = 0; i < 100; i++) content.says(piece);
    content.says(undefined);
    const sizes = quick.map(() => 0);
    for (const [i, { body }] of quick.entries()) {
      void (async () => {
        for (let part = await (body as Body).read(); part !== undefined; part = await (body as Body).read())
          sizes[i]! += part.length;
      })();
    }
    await settle();
    // What has been read ahead of the slowest is what the store had taken, a window, and what is in hand.
    ok(content.taken <= 2 ** 20 + 3 * piece.length, `${content.taken} bytes were read`);
    equal(new Set(sizes).size, 1);
    // It goes on as soon as the slow one does.
    for (let at = 0; at < total / 2; ) at += ((await (slow!.body as Body).read()) as Uint8Array).length;
    await settle();
    ok(content.taken >= total / 2 + 2 ** 20 && content.taken < total / 2 + 2 ** 20 + 3 * piece.length);
    // Nobody may join any more: the beginning has gone.
    crowd(cached, 1);
    await settle();
    equal(server.asked.length, 2);
    // When the slow one leaves, it does not stop the others.
    (slow!.body as Body).cancel();
    await settle();
    deepEqual(new Set(sizes), new Set([total]));
    equal(content.isCancelled, false);
  });
}

test("what is announced as too large is for each alone", async () => {
  const server = new Server();
  const cached = caching(server.handler, { store: new MemoryStore({ maxObject: 10 }), clock });
  const all = crowd(cached, 3);
  await settle();
  server.asked[0]!.answer({ status: 200, fields: fresh(), body: new Spoken(11) });
  await settle();
  equal(server.asked.length, 3);
  const { fields } = await all[0]!.answer;
  equal(fields.get("cache-status")?.includes("there is no room"), true);
});

test("what was refused, and nobody reads any more, is let go of", async () => {
  const server = new Server();
  const cached = caching(server.handler, { store: refusing(new MemoryStore(), 10), clock });
  const [one] = crowd(cached, 1);
  await settle();
  const content = new Spoken(2 ** 30);
  server.asked[0]!.answer({ status: 200, fields: fresh({ ETag: '"v1"' }), body: content });
  const { body } = await one!.answer;
  content.says(new Uint8Array(1000));
  await settle();
  (body as Body).cancel();
  equal(content.isCancelled, true);
});

test("what is refused while it is fetched in the background is let go of at once", async () => {
  const server = new Server();
  const store = refusing(new MemoryStore(), 10);
  const cached = caching(server.handler, { store, clock });
  const [one] = crowd(cached, 1);
  await settle();
  const swr = { "Cache-Control": "max-age=1, stale-while-revalidate=100" };
  server.asked[0]!.answer({ status: 200, fields: fresh(swr), body: new TextEncoder().encode("old") });
  await one!.answer;
  await clock.advance(2000);
  equal(await textOf(await cached(request("GET /", HOST), exchange())), "old");
  const content = new Spoken();
  server.asked[1]!.answer({ status: 200, fields: fresh(), body: content });
  for (let i = 0; i < 100; i++) content.says(new Uint8Array(100_000));
  await settle();
  equal(content.isCancelled, true);
  ok(content.taken < 1_000_000);
});
