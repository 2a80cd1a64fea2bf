/**
 * Anything at any time: clients who come, read, and leave, a server that speaks, falls silent, and breaks off, content
 * that changes, purges, stores that fail. Each byte of a content tells which version it is of, and where in it it
 * stands.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { type Caching, caching } from "../../src/handlers/caching.ts";
import type { RangeMiss } from "../../src/handlers/range-miss.ts";
import { Fields } from "../../src/http/fields.ts";
import { OneExchange } from "../../src/web/exchange.ts";
import type { Answer, Exchange } from "../../src/web/handler.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { exchange, request } from "./exchange.ts";
import { filling, refusing, slowly } from "./odd-stores.ts";
import { Spoken } from "./spoken-body.ts";

const URL = "http://a.test/";

/** Of any length; no two versions have the same byte at the same place. */
function contentOf(version: number, variant: number): Uint8Array {
  const length = 40 + ((version * 7 + variant * 3) % 30);
  return Uint8Array.from({ length }, (_, i) => (version * 31 + variant * 101 + i * 3) & 0xff);
}

const tagOf = (version: number, variant: number): string => `"${version}.${variant}"`;

/** What a server may say of its content. */
const SAYS: Record<string, string>[] = [
  { "Cache-Control": "max-age=60" },
  { "Cache-Control": "max-age=60" },
  { "Cache-Control": "max-age=5, stale-while-revalidate=600" },
  { "Cache-Control": "max-age=1, stale-if-error=60" },
  { "Cache-Control": "no-cache" },
  { "Cache-Control": "no-store" },
  { "Cache-Control": "private" },
  {},
];

/** What a client may ask for. */
const ASKS: ((world: World) => Record<string, string>)[] = [
  () => ({}),
  () => ({}),
  () => ({ A: "1" }),
  () => ({ "Cache-Control": "no-cache" }),
  () => ({ "Cache-Control": "max-age=0" }),
  () => ({ "Cache-Control": "max-age=3, stale-if-error=60" }),
  () => ({ "Cache-Control": "no-store" }),
  ({ version }) => ({ "If-None-Match": tagOf(version, 0) }),
  ({ version }) => ({ "If-None-Match": tagOf(version - 1, 0) }),
  () => ({ Range: "bytes=0-9" }),
  () => ({ Range: "bytes=5-24" }),
  () => ({ Range: "bytes=20-" }),
  () => ({ Range: "bytes=-7" }),
  () => ({ Range: "bytes=3-4, 30-31" }),
  ({ version }) => ({ Range: "bytes=10-19", "If-Range": tagOf(version, 0) }),
  ({ version }) => ({ Range: "bytes=10-19", "If-Range": tagOf(version - 1, 0) }),
];

interface Asked {
  readonly fields: Fields;
  readonly method: string;
  readonly exchange: Exchange;
  readonly answer: PromiseWithResolvers<Answer>;
  /** Once it is answered with content. */
  body: Spoken | undefined;
  left: Uint8Array;
  isOver: boolean;
}

class Client {
  readonly exchange: Exchange;
  readonly asks: Record<string, string>;
  /** No older one may be given. */
  readonly atLeast: number;
  answer: Answer | undefined;
  heard: number[] = [];
  end: "open" | "whole" | "broken" | "left" | "refused" = "open";
  #isReading = false;

  constructor(exchange: Exchange, asks: Record<string, string>, atLeast: number) {
    this.exchange = exchange;
    this.asks = asks;
    this.atLeast = atLeast;
  }

  async hears(promise: Answer | Promise<Answer>): Promise<void> {
    try {
      const answer = await promise;
      if (this.end === "left") cancel(answer);
      else this.answer = answer;
    } catch {
      if (this.end === "open") this.end = "refused";
    }
    const body = this.answer?.body;
    if (this.answer !== undefined && !(body !== undefined && !(body instanceof Uint8Array))) {
      this.heard = [...(body ?? [])];
      if (this.end === "open") this.end = "whole";
    }
  }

  async reads(): Promise<void> {
    const body = this.answer?.body;
    if (this.end !== "open" || this.#isReading || body === undefined || body instanceof Uint8Array) return;
    this.#isReading = true;
    try {
      const part = await body.read();
      if (part !== undefined) this.heard.push(...part);
      else if (this.end === "open") this.end = "whole";
    } catch {
      if (this.end === "open") this.end = "broken";
      body.cancel();
    }
    this.#isReading = false;
  }

  leaves(): void {
    if (this.end !== "open") return;
    this.end = "left";
    (this.exchange as unknown as { leave(): void }).leave();
    if (this.answer !== undefined) cancel(this.answer);
  }
}

function cancel({ body }: Answer): void {
  if (body !== undefined && !(body instanceof Uint8Array)) body.cancel();
}

interface Settings {
  readonly store: (settle: () => Promise<void>) => Store;
  readonly rangeMiss: RangeMiss;
  readonly says: readonly number[];
  readonly varies: boolean;
  /** Whether parts may be told to be of the same. */
  readonly isTagged: boolean;
}

class World {
  readonly clock = new VirtualClock(Date.UTC(1994, 10, 6));
  readonly cached: Caching;
  readonly store: Store;
  readonly clients: Client[] = [];
  readonly asked: Asked[] = [];
  version = 1;
  /** What is older has been purged. */
  purged = 1;
  mostAtOnce = 0;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.store = settings.store(() => this.clock.advance(0));
    this.cached = caching((request, exchange) => this.#hear(request.method, request.fields, exchange), {
      store: this.store,
      clock: this.clock,
      rangeMiss: settings.rangeMiss,
    });
  }

  #hear(method: string, fields: Fields, exchange: Exchange): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    const asked: Asked = { fields, method, exchange, answer, body: undefined, left: new Uint8Array(0), isOver: false };
    this.asked.push(asked);
    // As a server's connection does it.
    const cancel = (): void => {
      if (asked.isOver) return;
      asked.isOver = true;
      asked.answer.reject(new Error("the client has left"));
      asked.body?.says(new Error("nobody waits any more"));
    };
    exchange.hold = { cancel };
    this.mostAtOnce = Math.max(this.mostAtOnce, this.asked.filter(({ isOver }) => !isOver).length);
    return answer.promise;
  }

  arrives(which: number, isPlain: boolean): void {
    const asks = ASKS[which % ASKS.length]!(this);
    const theirs = isPlain ? exchange() : new OneExchange(exchange() as never);
    const client = new Client(theirs, asks, this.purged);
    this.clients.push(client);
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.cached(request("GET /", { Host: "a.test", ...asks }), theirs);
    } catch (error) {
      answer = Promise.reject(error);
    }
    void client.hears(answer);
  }

  /** The server says a head, or that it cannot. */
  answers(which: number, how: number): void {
    const open = this.asked.filter(({ isOver, body }) => !isOver && body === undefined);
    if (open.length === 0) return;
    const asked = open[which % open.length]!;
    const answer = this.#answerTo(asked, how);
    if (!(answer.body instanceof Spoken)) asked.isOver = true;
    asked.answer.resolve(answer);
  }

  #answerTo(asked: Asked, how: number): Answer {
    if (how % 11 === 0) {
      const failure = new UpstreamError("connection_terminated", "It has broken off");
      return { status: 502, fields: new Fields(), failure };
    }
    if (how % 13 === 0) return { status: 503, fields: new Fields(), body: new Uint8Array(0) };
    const { fields } = asked;
    const variant = this.#settings.varies && fields.get("a") === "1" ? 1 : 0;
    const tag = tagOf(this.version, variant);
    const { says, isTagged } = this.#settings;
    const said = Fields.of({ Version: tag, ...SAYS[says[how % says.length]!] });
    if (isTagged) said.append("ETag", tag);
    if (this.#settings.varies) said.append("Vary", "A");
    if (isTagged && fields.get("if-none-match")?.includes(tag)) return { status: 304, fields: said };
    const content = contentOf(this.version, variant);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(fields.get("range") ?? "") ?? [];
    const ifRange = fields.get("if-range");
    const isPart =
      first !== undefined && (ifRange === undefined || (isTagged && ifRange === tag)) && Number(first) < content.length;
    const to = isPart && last !== "" ? Math.min(Number(last), content.length - 1) : content.length - 1;
    if (isPart) said.append("Content-Range", `bytes ${first}-${to}/${content.length}`);
    asked.left = isPart ? content.subarray(Number(first), to + 1) : content;
    const status = isPart ? 206 : 200;
    if (how % 5 === 0) return { status, fields: said, body: asked.left.slice() };
    const body = new Spoken(how % 3 === 0 ? undefined : asked.left.length);
    asked.body = body;
    const cancel = body.cancel.bind(body);
    body.cancel = () => {
      asked.isOver = true;
      cancel();
    };
    return { status, fields: said, body };
  }

  /** The server says more, until it has said all; or it breaks off. */
  goesOn(which: number, size: number, breaks: boolean): void {
    const open = this.asked.filter(({ isOver, body }) => !isOver && body !== undefined);
    if (open.length === 0) return;
    const asked = open[which % open.length]!;
    if (breaks) {
      asked.isOver = true;
      asked.body!.says(new Error("it has broken off"));
      return;
    }
    const part = asked.left.slice(0, size);
    asked.left = asked.left.subarray(size);
    asked.isOver = part.length === 0;
    asked.body!.says(part.length === 0 ? undefined : part);
  }

  async purges(how: "remove" | "invalidate", by: number): Promise<void> {
    const which = [{ by: "url", url: URL }, { by: "tag", tag: "x" }, { by: "everything" }] as const;
    const meant = which[by % which.length]!;
    const { version } = this;
    await this.cached.purge(meant, how);
    // Nobody has said that it has that tag.
    if (meant.by !== "tag") this.purged = Math.max(this.purged, version);
  }

  /** All come to their ends. */
  async ends(): Promise<void> {
    for (let i = 0; i < 2000; i++) {
      await this.clock.advance(0);
      if (this.clients.every(({ end }) => end !== "open") && this.asked.every(({ isOver }) => isOver)) return;
      this.answers(0, 1);
      this.goesOn(0, 64, false);
      for (const client of this.clients) void client.reads();
    }
    deepEqual(
      this.clients.filter(({ end }) => end === "open").map(({ asks }) => asks),
      [],
      "somebody waits for ever",
    );
    ok(
      this.asked.every(({ isOver }) => isOver),
      "a server speaks to nobody",
    );
  }
}

/** What a client has heard is one version, and just what its head says. */
function check(client: Client): void {
  const { answer, end, asks, atLeast } = client;
  if (answer === undefined || end === "left" || answer.status >= 500 || answer.status === 416) return;
  const { status, fields } = answer;
  const [, version, variant] = /^"(\d+)\.(\d)"$/.exec(fields.get("version") ?? fields.get("etag") ?? "") ?? [];
  ok(version !== undefined, `${status} without a tag`);
  ok(Number(version) >= atLeast, `${version} is older than ${atLeast}, which was purged`);
  const content = contentOf(Number(version), Number(variant));
  if (status === 200) checkContent(client, content);
  else if (status === 206) checkPart(client, content);
  else {
    equal(status, 304);
    ok(asks["If-None-Match"]?.includes(fields.get("etag")!), "304 to one who has not got that");
  }
}

function checkPart(client: Client, content: Uint8Array): void {
  const { asks } = client;
  const { fields } = client.answer!;
  ok(asks.Range !== undefined, "a part to one who wants the whole");
  const [, first, last, length] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(fields.get("content-range") ?? "") ?? [];
  if (first === undefined) {
    ok(fields.get("content-type")?.startsWith("multipart/byteranges"));
    return;
  }
  equal(Number(length), content.length);
  const wanted = /^bytes=(\d+)-\d*$/.exec(asks.Range);
  if (wanted !== null) equal(first, wanted[1]);
  if (asks["If-Range"] !== undefined) equal(asks["If-Range"], fields.get("etag"));
  checkContent(client, content.subarray(Number(first), Number(last) + 1));
}

function checkContent({ answer, heard, end }: Client, expected: Uint8Array): void {
  const length = answer!.fields.get("content-length");
  if (length !== undefined) equal(Number(length), expected.length);
  deepEqual(heard, [...(end === "whole" ? expected : expected.subarray(0, heard.length))]);
}

const number = fc.nat(1000);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("arrives" as const), which: number, isPlain: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant("answers" as const), which: number, how: number }) },
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constant("goes on" as const),
      which: number,
      size: fc.integer({ min: 1, max: 40 }),
      breaks: number,
    }),
  },
  { weight: 10, arbitrary: fc.record({ does: fc.constant("reads" as const), which: number }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("leaves" as const), which: number }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("changes" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("purges" as const), isSoft: fc.boolean(), by: number }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("time passes" as const), ms: fc.nat(70_000) }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant("settles" as const), turns: fc.nat(20) }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function takes(world: World, step: Step): Promise<void> {
  switch (step.does) {
    case "arrives":
      world.arrives(step.which, step.isPlain);
      break;
    case "answers":
      world.answers(step.which, step.how);
      break;
    case "goes on":
      world.goesOn(step.which, step.size, step.breaks % 29 === 0);
      break;
    case "reads":
      void world.clients[step.which % Math.max(1, world.clients.length)]?.reads();
      break;
    case "leaves":
      world.clients[step.which % Math.max(1, world.clients.length)]?.leaves();
      break;
    case "changes":
      world.version += 1;
      break;
    case "purges":
      await world.purges(step.isSoft ? "invalidate" : "remove", step.by);
      break;
    case "time passes":
      await world.clock.advance(step.ms);
      break;
    case "settles":
      for (let i = 0; i < step.turns; i++) await undefined;
  }
}

const STORES: readonly Settings["store"][] = [
  () => new MemoryStore(),
  () => new MemoryStore({ budget: 8192, maxObject: 50 }),
  () => refusing(new MemoryStore(), 20),
  (settle) => slowly(new MemoryStore(), settle),
  () =>
    filling(new MemoryStore(), (inner) => ({
      end(length) {
        if (inner.size % 3 === 0) inner.abort();
        return inner.end(length);
      },
    })),
  () => filling(new MemoryStore(), (inner) => ({ write: (bytes) => inner.write(bytes) && inner.size % 5 !== 0 })),
];

const settings = fc.record({
  store: fc.constantFrom(...STORES),
  rangeMiss: fc.constantFrom<RangeMiss[]>("pass", "pass", "whole", 16),
  says: fc.array(fc.nat(SAYS.length - 1), { minLength: 1, maxLength: 4 }),
  varies: fc.boolean(),
  isTagged: fc.boolean(),
});

test("each hears one version, whole, or sees that it broke off; nobody waits for ever; each answer is counted once", () =>
  fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 120, size: "max" }), async (settings, steps) => {
      const world = new World(settings);
      for (const one of steps) await takes(world, one);
      await world.ends();
      for (const client of world.clients) check(client);
      const { hits, stale, revalidated, collapsed, misses, bypassed } = world.cached.counters;
      const answered = world.clients.filter(({ answer }) => answer !== undefined).length;
      const counted = hits + stale + revalidated + collapsed + misses + bypassed;
      // Who left at that moment may have been counted, and got nothing.
      const left = world.clients.filter(({ end, answer }) => end === "left" && answer === undefined).length;
      ok(counted >= answered && counted <= answered + left, `${counted} counted, ${answered} answered, ${left} left`);
      // And nothing is left on its way into the store.
      await world.cached.purge({ by: "everything" }, "remove");
      await world.clock.advance(0);
      const { used, responses } = await world.store.state();
      deepEqual([used, responses], [0, 0]);
    }),
    { numRuns: 150 },
  ));

test("where all may wait for one, there is never more than one request at a time", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
      const world = new World({
        store: () => new MemoryStore(),
        rangeMiss: "pass",
        says: [0],
        varies: false,
        isTagged: false,
      });
      for (const one of steps) {
        if (one.does === "purges") continue;
        if (one.does === "arrives") world.arrives(0, one.isPlain);
        // What is for one alone, as an error is, has others ask in parallel.
        else if (one.does === "answers") world.answers(one.which, one.how % 13 === 0 ? 1 : one.how);
        // What has become stale while it was coming is no answer for those who come then.
        else if (one.does === "time passes") await world.clock.advance(0);
        else await takes(world, one);
      }
      await world.ends();
      for (const client of world.clients) check(client);
      ok(world.mostAtOnce <= 1, `${world.mostAtOnce} at once`);
    }),
    { numRuns: 100 },
  ));
