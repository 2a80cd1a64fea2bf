import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import { Errand } from "../../src/handlers/errand.ts";
import type { Landing } from "../../src/handlers/landing.ts";
import type { Journey } from "../../src/handlers/means.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Answer } from "../../src/web/handler.ts";
import { type CacheMeans, cacheMeans, journey, KEY, ok, partOf, streamed, unreachable } from "./cache-means.ts";
import { exchange, request } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

/** Goes, hears these answers one after the other, and says what came of it. */
async function goes(means: CacheMeans, journey: Journey, ...answers: (Answer | Error)[]): Promise<Landing> {
  const trip = means.underWay.begin(KEY);
  const landing = new Errand(means).run(journey, exchange(), trip, {});
  landing.catch(() => {});
  for (const answer of answers) {
    await means.settle();
    await means.heard.at(-1)!.says(answer);
  }
  equal(means.heard.length, answers.length);
  return landing;
}

const notModified = (fields: Record<string, string>): Answer => ({ status: 304, fields: Fields.of(fields) });
const last = ({ because }: Extract<Landing, { because: unknown }>): string => because.at(-1)!.rule;

test("what may be kept is", async () => {
  const means = cacheMeans();
  const landing = await goes(means, journey(means), ok("soup"));
  equal(landing.kind, "kept");
  equal((await means.found()).length, 1);
});

/** What is for who asked alone, and why. */
const OWN: [what: string, answer: Answer, asks: Record<string, string>, why: string, isTelling: boolean][] = [
  ["what may not be stored", ok("soup", { "Cache-Control": "private" }), {}, "is for one user alone", true],
  [
    "what the request forbids to store",
    ok("soup"),
    { "Cache-Control": "no-store" },
    "its request wants nothing kept",
    true,
  ],
  ["an error that says nothing", ok("soup", {}, 500), {}, "", true],
  ["what is no message", { ...ok("soup"), raw: true }, {}, "is no message that could be kept", true],
  [
    "a 304 to the client itself",
    notModified({ ETag: '"v1"' }),
    { "If-None-Match": '"v1"' },
    "a 304 is about one request alone",
    true,
  ],
];
for (const [what, answer, asks, why, isTelling] of OWN) {
  test(`for who asked alone: ${what}`, async () => {
    const means = cacheMeans();
    const fields = answer.status === 500 ? new Fields() : answer.fields;
    const landing = await goes(means, journey(means, asks), { ...answer, fields });
    if (landing.kind !== "own") return equal(landing.kind, "own");
    equal(landing.isTelling, isTelling);
    if (why !== "") equal(last(landing), why);
    deepEqual(await means.found(), []);
  });
}

test("so is what there is no room for, and what was made invalid while it was on its way", async () => {
  const tiny = cacheMeans({ store: new MemoryStore({ maxObject: 3 }) });
  equal((await goes(tiny, journey(tiny), ok("soup"))).kind, "own");
  const means = cacheMeans();
  const trip = means.underWay.begin(KEY);
  const landing = new Errand(means).run(journey(means), exchange(), trip, {});
  means.underWay.outdate(() => true);
  await means.heard[0]!.says(ok("soup"));
  const own = await landing;
  if (own.kind !== "own") return equal(own.kind, "own");
  deepEqual([own.isTelling, last(own)], [false, "was made invalid while it was on its way"]);
});

test("what is thrown is thrown", async () => {
  const means = cacheMeans();
  await rejects(goes(means, journey(means), new RangeError("no")), RangeError);
});

// ── validation ──

test("what is still good is freshened", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup", { ETag: '"v1"' }));
  const landing = await goes(means, journey(means, {}, stored), notModified({ ETag: '"v1"', A: "1" }));
  if (landing.kind !== "good") return equal(landing.kind, "good");
  equal(landing.assessed.fields.get("a"), "1");
  equal((await means.found())[0], landing.assessed.stored);
});

test("a variant that is named answers this request as well, and is stored once more", async () => {
  const means = cacheMeans();
  const one = await means.keeps(ok("soup", { ETag: '"1"', Vary: "A" }), request("GET /", { Host: "a.test", A: "1" }));
  const asks = journey(means, { A: "2" }, undefined, { candidates: [one], fwd: "vary-miss" });
  const landing = await goes(means, asks, notModified({ ETag: '"1"' }));
  equal(landing.kind, "good");
  deepEqual(
    (await means.found()).map(({ selecting }) => selecting[0]),
    [
      ["a", "2"],
      ["a", "1"],
    ],
  );
});

test("a 304 about nothing that anybody has: all of it is asked for", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup", { ETag: '"v1"' }));
  const asks = journey(means, { "If-None-Match": '"v0"', Range: "bytes=0-1" }, stored);
  const landing = await goes(means, asks, notModified({ ETag: '"v2"' }), ok("stew"));
  equal(landing.kind, "kept");
  deepEqual(
    means.heard.map(({ request: { fields } }) => [fields.get("if-none-match"), fields.get("range")]),
    [
      ['"v1", "v0"', undefined],
      [undefined, "bytes=0-1"],
    ],
  );
});

test("a server that says nothing but 304 is told to nobody as anything else", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup", { ETag: '"v1"' }));
  const landing = await goes(means, journey(means, {}, stored), notModified({ ETag: '"v2"' }), notModified({}));
  equal(landing.kind, "own");
});

test("a 304 about what the client has is its own, and shows nothing about others", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup", { ETag: '"v1"' }));
  const landing = await goes(means, journey(means, { "If-None-Match": '"v2"' }, stored), notModified({ ETag: '"v2"' }));
  if (landing.kind !== "own") return equal(landing.kind, "own");
  equal(landing.isTelling, false);
});

// ── what stands in ──

const STANDS: [what: string, here: Answer, asks: Record<string, string>, answer: Answer, stands: boolean][] = [
  ["no answer", ok("soup"), {}, unreachable(), true],
  [
    "no answer, though it may not be used stale",
    ok("soup", { "Cache-Control": "must-revalidate" }),
    {},
    unreachable(),
    false,
  ],
  ["no answer to what only the origin can judge", ok("soup"), { "If-Match": '"x"' }, unreachable(), false],
  ["an error", ok("soup"), {}, ok("sorry", {}, 503), false],
  ["an error, and it may", ok("soup", { "Cache-Control": "stale-if-error=9" }), {}, ok("sorry", {}, 503), true],
  [
    "an error, and this client lets it",
    ok("soup"),
    { "Cache-Control": "stale-if-error=9" },
    ok("sorry", {}, 503),
    true,
  ],
  ["a refusal", ok("soup", { "Cache-Control": "stale-if-error=9" }), {}, ok("sorry", {}, 403), false],
  ["no answer, and a part of which is enough", partOf(0, 4), { Range: "bytes=1-2" }, unreachable(), true],
  ["no answer, and a part of which is not", partOf(0, 4), { Range: "bytes=4-5" }, unreachable(), false],
];
for (const [what, here, asks, answer, stands] of STANDS) {
  test(`${what}: ${stands ? "what is stored stands in" : "nothing stands in"}`, async () => {
    const means = cacheMeans();
    const stored = await means.keeps(here);
    const body = new Spoken();
    const landing = await goes(means, journey(means, asks, stored), { ...answer, body });
    equal(landing.kind === "stands in", stands);
    equal(body.isCancelled, stands);
    if (landing.kind === "stands in") equal(landing.status, answer.failure === undefined ? answer.status : undefined);
    else equal(landing.kind, answer.failure === undefined ? (answer.status === 403 ? "kept" : landing.kind) : "failed");
  });
}

// ── what takes the place of what is stored ──

const NEWS: [answer: Answer, asks: Record<string, string>, stays: boolean][] = [
  [ok("stew", { "Cache-Control": "no-store" }), {}, false],
  [ok("stew", { "Cache-Control": "private" }), { Authorization: "x" }, false],
  [ok("stew"), { Authorization: "x" }, true],
  [ok("stew"), { "Cache-Control": "no-store" }, true],
  [ok("gone", { "Cache-Control": "no-store" }, 404), {}, false],
  [ok("gone", { "Cache-Control": "no-store" }, 410), {}, false],
  [ok("moved", { "Cache-Control": "no-store" }, 302), {}, false],
  [ok("no", { "Cache-Control": "no-store" }, 403), {}, true],
  [ok("wait", { "Cache-Control": "no-store" }, 429), {}, true],
  [ok("sorry", { "Cache-Control": "no-store" }, 500), {}, true],
];
for (const [answer, asks, stays] of NEWS) {
  const how = `${answer.status} ${answer.fields.get("cache-control")} to ${JSON.stringify(asks)}`;
  test(`${how}: what is stored ${stays ? "stays" : "goes"}`, async () => {
    const means = cacheMeans();
    const stored = await means.keeps(ok("soup"));
    await goes(means, journey(means, asks, stored), answer);
    deepEqual(await means.found(), stays ? [stored] : []);
  });
}

// ── parts ──

test("a part that came meanwhile is joined to this one; a whole that came meanwhile stays", async () => {
  const means = cacheMeans();
  const asks = journey(means, { Range: "bytes=5-9" });
  await means.keeps(partOf(0, 4));
  equal((await goes(means, asks, partOf(5, 9))).kind, "kept");
  const [whole] = await means.found();
  equal(whole!.content.ranges, undefined);
  equal((await goes(cacheMeansWith(means), asks, partOf(5, 9))).kind, "own");
  deepEqual(await means.found(), [whole]);
  equal((await goes(cacheMeansWith(means), asks, partOf(5, 9, { ETag: '"v2"' }))).kind, "kept");
  equal((await means.found())[0]!.content.ranges?.length, 1);
});

/** Another server, the same store. */
const cacheMeansWith = ({ store }: CacheMeans): CacheMeans => cacheMeans({ store });

test("a slice that has not what is wanted, or cannot be cut, is asked for as it is wanted", async () => {
  const BAD: Answer[] = [
    partOf(0, 4),
    partOf(4, 5),
    partOf(4, 7, { "Cache-Control": "no-store" }),
    ok("4567", { ETag: '"v1"' }, 206),
    streamed(new Spoken(), { ETag: '"v1"' }, 206),
  ];
  for (const bad of BAD) {
    const means = cacheMeans({ rangeMiss: 4 });
    const landing = await goes(means, journey(means, { Range: "bytes=5-6" }), bad, partOf(5, 6));
    deepEqual([landing.kind, means.heard[0]!.request.fields.get("range")], ["kept", "bytes=4-7"]);
    equal(means.heard[1]!.request.fields.get("range"), "bytes=5-6");
    if (landing.kind === "kept") equal(landing.isCut, false);
  }
});

test("a slice comes, however its length is said", async () => {
  for (const part of [partOf(4, 7), streamed(new Spoken(), { ETag: '"v1"', "Content-Range": "bytes 4-7/10" }, 206)]) {
    const means = cacheMeans({ rangeMiss: 4 });
    const landing = await goes(means, journey(means, { Range: "bytes=5-6" }), part);
    if (landing.kind !== "kept") return equal(landing.kind, "kept");
    deepEqual([landing.isCut, landing.kept.source.range?.first], [true, 4]);
  }
});
