import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Stored } from "../../src/cache/store.ts";
import type { Answered } from "../../src/handlers/keeping.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Answer } from "../../src/web/handler.ts";
import { type CacheMeans, cacheMeans, KEY, ok, partOf, streamed } from "./cache-means.ts";
import { bodyOf, request } from "./exchange.ts";
import { refusing } from "./odd-stores.ts";
import { Spoken } from "./spoken-body.ts";

function answered(means: CacheMeans, answer: Answer, asks: Record<string, string> = {}, isOutdated = false): Answered {
  const now = means.clock.date();
  const trip = { key: KEY, isOutdated };
  return {
    request: request("GET /", asks),
    key: KEY,
    uri: KEY,
    answer,
    trip,
    requestTime: now - 1000,
    responseTime: now,
  };
}

const text = (stored: Stored): string =>
  new TextDecoder().decode(stored.content.read(0, stored.content.length - 1) as Uint8Array);

test("what has come whole is stored at once, with what was said, when, and to what kind of request", async () => {
  const means = cacheMeans();
  const answer: Answer = {
    ...ok("soup", {
      Vary: "Accept",
      Age: "7",
      "Surrogate-Key": "a b",
      "Cache-Groups": '"g"',
      "Content-Length": "4",
      Connection: "x",
      X: "1",
    }),
    reason: "Fine",
  };
  let settled: Stored | undefined;
  const kept = means.keeping.whole(answered(means, answer, { Accept: "text/*", Authorization: "x" }), {
    settled: (stored) => (settled = stored),
  })!;
  const [stored] = await means.found();
  equal(settled, stored);
  const now = means.clock.date();
  deepEqual({ ...stored!, lines: stored!.lines.split("\r\n").filter((line) => !line.startsWith("Date")) }.lines, [
    "Cache-Control: max-age=60",
    "Vary: Accept",
    "Surrogate-Key: a b",
    'Cache-Groups: "g"',
    "",
  ]);
  const { key, status, reason, requestTime, responseTime, selecting, tags, groups, isInvalid, isAuthorized } = stored!;
  deepEqual(
    { key, status, reason, requestTime, responseTime, selecting, tags, groups, isInvalid, isAuthorized },
    {
      ...{ key: KEY, status: 200, reason: "Fine", requestTime: now - 8000, responseTime: now },
      ...{ selecting: [["accept", "text/*"]], tags: ["a", "b"], groups: ["g"], isInvalid: false, isAuthorized: true },
    },
  );
  deepEqual([kept.isStored, kept.live, kept.source.length, kept.assessed.age], [true, undefined, 4, 8000]);
  deepEqual([means.counters.stored, means.counters.bytesFetched], [1, 4]);
});

test("what comes bit by bit is stored when it has come, and read meanwhile", async () => {
  const means = cacheMeans();
  const body = new Spoken(6);
  const told: string[] = [];
  const kept = means.keeping.whole(answered(means, streamed(body)), {
    closed: () => void told.push("closed"),
    settled: (stored) => void told.push(`${stored?.content.length}`),
  })!;
  equal(kept.source.isLive, true);
  const reader = kept.source.whole();
  kept.live!.start();
  body.says("onetwo");
  body.says(undefined);
  await means.settle();
  deepEqual(told, ["6"]);
  equal(text((await means.found())[0]!), "onetwo");
  deepEqual([means.counters.stored, means.counters.bytesFetched], [1, 6]);
  if (!(reader instanceof Uint8Array)) equal(new TextDecoder().decode((await reader.read())!), "onetwo");
});

test("no content is stored as such, whatever a handler gives with it", async () => {
  const means = cacheMeans();
  const body = bodyOf(["x"]);
  means.keeping.whole(answered(means, streamed(body, {}, 204)));
  equal((await means.found())[0]!.content.length, 0);
  equal(body.isCancelled, true);
});

test("a store that does not want it is no place for it; one that does not in the end says so", async () => {
  const tiny = cacheMeans({ store: new MemoryStore({ maxObject: 3 }) });
  equal(tiny.keeping.whole(answered(tiny, ok("soup"))), undefined);
  equal(tiny.keeping.whole(answered(tiny, streamed(new Spoken(4)))), undefined);
  equal(tiny.keeping.part(answered(tiny, partOf(0, 4)), undefined), undefined);
  const odd = cacheMeans({ store: refusing(new MemoryStore(), 3) });
  const told: unknown[] = [];
  const kept = odd.keeping.whole(answered(odd, ok("soup")), { settled: (stored) => void told.push(stored) })!;
  equal(kept.isStored, false);
  deepEqual(told, [undefined]);
  equal(odd.counters.stored, 0);
});

test("what was made invalid while the store was at work goes at once", async () => {
  const means = cacheMeans();
  const told: unknown[] = [];
  means.keeping.whole(answered(means, ok("soup"), {}, true), { settled: (stored) => void told.push(stored) });
  deepEqual([await means.found(), told, means.counters.stored], [[], [undefined], 0]);
});

test("a field that breaks out of its line is nobody's to keep", () => {
  const means = cacheMeans();
  throws(() => means.keeping.whole(answered(means, ok("soup", { A: "1\r\nB: 2" }))), TypeError);
});

// ── parts ──

test("a part is stored as one of a 200, without its range", async () => {
  const means = cacheMeans();
  const kept = means.keeping.part(answered(means, partOf(2, 4)), undefined)!;
  deepEqual([kept.source.length, kept.source.range], [10, { first: 2, last: 4, length: 10 }]);
  const [stored] = await means.found();
  deepEqual([stored!.status, stored!.content.length, stored!.content.ranges], [200, 10, [{ first: 2, last: 4 }]]);
  equal(stored!.lines.includes("Content-Range"), false);
});

const PARTS: [what: string, first: Answer, second: Answer, ranges: unknown][] = [
  ["is joined to another of the same", partOf(0, 4), partOf(5, 9), undefined],
  ["also where they overlap", partOf(0, 4), partOf(3, 7), [{ first: 0, last: 7 }]],
  [
    "stands alone where the whole has another length",
    partOf(0, 4),
    partOf(5, 9, { "Content-Range": "bytes 5-9/11" }),
    [{ first: 5, last: 9 }],
  ],
  [
    // Fewer bytes than it says: how many came is known better.
    "stands alone where it is not what it says",
    partOf(0, 4),
    ok("567", { ETag: '"v1"', "Content-Range": "bytes 5-9/10" }, 206),
    [{ first: 5, last: 7 }],
  ],
];
for (const [what, first, second, ranges] of PARTS) {
  test(`a part ${what}`, async () => {
    const means = cacheMeans();
    const onto = means.keeping.assessed(await means.keeps(first), means.clock.date());
    means.keeping.part(answered(means, { ...second, fields: second.fields.append("A", "new") }), onto);
    const [stored, ...others] = await means.found();
    deepEqual([stored!.content.ranges, others], [ranges, []]);
    equal(stored!.lines.includes("A: new"), true);
  });
}

const PLACELESS: Answer[] = [
  ok("abc", {}, 206),
  ok("abc", { "Content-Range": "bytes */10" }, 206),
  ok("abc", { "Content-Range": "lines 0-2/10" }, 206),
  streamed(new Spoken(), { "Content-Range": "bytes 0-2/10" }, 206),
  { status: 206, fields: Fields.of({ "Content-Range": "bytes 0-2/10" }) },
];
for (const answer of PLACELESS) {
  test(`there is no telling where it belongs: ${answer.fields.get("content-range")}, ${answer.body?.length} bytes`, () => {
    const means = cacheMeans();
    equal(means.keeping.part(answered(means, answer), undefined), undefined);
  });
}

// ── freshening ──

test("what is freshened has newer fields, and what it was an answer to stays", async () => {
  const means = cacheMeans();
  const old = await means.keeps(ok("soup", { ETag: '"v1"', Vary: "A", B: "1", C: "1" }), request("GET /", { A: "1" }));
  await means.clock.advance(90_000);
  const newer = { status: 304, fields: Fields.of({ ETag: '"v1"', "Cache-Control": "max-age=9", B: "2" }) };
  const assessed = means.keeping.assessed(old, means.clock.date());
  const now = await means.keeping.freshen(assessed, answered(means, newer, { A: "2" }));
  deepEqual([now.lifetime.ms, now.age, now.fields.get("b"), now.fields.get("c")], [9000, 1000, "2", "1"]);
  const [stored] = await means.found();
  equal(now.stored, stored);
  deepEqual(stored!.selecting, [["a", "1"]]);
  equal(text(stored!), "soup");
});

/** What becomes of it, and what the one who asked gets nevertheless. */
const NOT_KEPT: [
  what: string,
  newer: Record<string, string>,
  asks: Record<string, string>,
  isOutdated: boolean,
  stays: boolean,
][] = [
  ["the answer forbids it", { "Cache-Control": "no-store" }, {}, false, false],
  ["the answer is for one user", { "Cache-Control": "private" }, {}, false, false],
  ["only the request forbids it", {}, { "Cache-Control": "no-store" }, false, true],
  ["only the request has a password", {}, { Authorization: "x" }, false, true],
  ["it was made invalid meanwhile", {}, {}, true, true],
];
for (const [what, newer, asks, isOutdated, stays] of NOT_KEPT) {
  test(`what is freshened is not kept where ${what}`, async () => {
    const means = cacheMeans();
    const old = await means.keeps(ok("soup", { B: "1" }));
    const assessed = means.keeping.assessed(old, means.clock.date());
    const fields = Fields.of({ B: "2", ...newer });
    const now = await means.keeping.freshen(assessed, answered(means, { status: 304, fields }, asks, isOutdated));
    equal(now.fields.get("b"), "2");
    equal(text(now.stored), "soup");
    const found = await means.found();
    deepEqual(found, stays ? [old] : []);
  });
}

test("what has gone meanwhile is freshened for the one who asked", async () => {
  const means = cacheMeans();
  const old = await means.keeps(ok("soup"));
  await means.store.remove(old);
  const assessed = means.keeping.assessed(old, means.clock.date());
  const now = await means.keeping.freshen(assessed, answered(means, { status: 304, fields: Fields.of({ B: "2" }) }));
  deepEqual([now.fields.get("b"), text(now.stored), await means.found()], ["2", "soup", []]);
});

test("what nobody may store is told from what one may not", () => {
  const means = cacheMeans();
  const says = (fields: Record<string, string>, asks: Record<string, string>): [boolean, boolean] => {
    const all = answered(means, ok("soup", fields), asks);
    return [means.keeping.verdict(all).mayStore, means.keeping.isForbidden(all)];
  };
  deepEqual(says({}, {}), [true, false]);
  deepEqual(says({}, { "Cache-Control": "no-store" }), [false, false]);
  deepEqual(says({}, { Authorization: "x" }), [false, false]);
  deepEqual(says({ "Cache-Control": "private" }, {}), [false, true]);
});
