import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import type { CacheCounters } from "../../src/cache/counters.ts";
import { Arrival, countedAnswer } from "../../src/handlers/arrival.ts";
import type { Landing } from "../../src/handlers/landing.ts";
import type { Past } from "../../src/handlers/means.ts";
import type { Answer } from "../../src/web/handler.ts";
import { type CacheMeans, cacheMeans, journey, KEY, ok, partOf, streamed, unreachable } from "./cache-means.ts";
import { bodyOf, request, textOf } from "./exchange.ts";
import { Spoken } from "./spoken-body.ts";

type Said = Record<string, string>;

function kept(means: CacheMeans, answer: Answer, isCut = false, asks: Said = {}): Landing {
  const now = means.clock.date();
  const trip = { key: KEY, isOutdated: false };
  const times = { requestTime: now, responseTime: now };
  const answered = { request: request("GET /", asks), key: KEY, uri: KEY, answer, trip, ...times };
  const one = answer.status === 206 ? means.keeping.part(answered, undefined) : means.keeping.whole(answered);
  return { kind: "kept", kept: one!, answer, isCut, because: [] };
}

/** What is counted, of that which counts answers. */
function counted({ hits, stale, revalidated, collapsed, misses, bypassed }: CacheCounters): string {
  const all = { hits, stale, revalidated, collapsed, misses, bypassed };
  return Object.entries(all)
    .flatMap(([name, count]) => (count === 0 ? [] : `${name} ${count}`))
    .join(", ");
}

const status = ({ fields }: Answer): string | undefined => fields.get("cache-status");

// ── for who asked ──

test("who asked gets what was kept as it came, with all its fields", async () => {
  const means = cacheMeans();
  const landing = kept(
    means,
    ok("soup", { "Cache-Control": 'max-age=60, no-cache="set-cookie"', "Set-Cookie": "a=1" }),
  );
  const answer = new Arrival(means).first(landing, journey(means));
  deepEqual([answer.fields.get("set-cookie"), await textOf(answer)], ["a=1", "soup"]);
  equal(status(answer), "maitred; fwd=uri-miss; fwd-status=200; ttl=60; stored");
  equal(counted(means.counters), "misses 1");
});

test("what is more than he wants is cut", async () => {
  const means = cacheMeans({ rangeMiss: "whole" });
  const answer = new Arrival(means).first(kept(means, ok("0123456789"), true), journey(means, { Range: "bytes=2-3" }));
  deepEqual([answer.status, answer.fields.get("content-range"), await textOf(answer)], [206, "bytes 2-3/10", "23"]);
});

test("what is for him alone is counted as it passes", async () => {
  const means = cacheMeans();
  const landing: Landing = { kind: "own", answer: streamed(bodyOf(["one", "two"])), isTelling: true, because: [] };
  const answer = new Arrival(means).first(landing, journey(means));
  equal(means.counters.bytesFetched, 0);
  equal(await textOf(answer), "onetwo");
  equal(means.counters.bytesFetched, 6);
  deepEqual([counted(means.counters), status(answer)], ["misses 1", "maitred; fwd=uri-miss"]);
});

test("why there is no answer he hears as it is; what was thrown is thrown", async () => {
  const means = cacheMeans();
  const arrival = new Arrival(means);
  const answer = arrival.first({ kind: "failed", answer: unreachable(), because: [] }, journey(means));
  deepEqual([answer.status, status(answer), await textOf(answer)], [502, undefined, "sorry"]);
  equal(counted(means.counters), "misses 1");
  throws(() => arrival.first({ kind: "threw", error: new RangeError("no") }, journey(means)), RangeError);
});

test("what is still good, or stands in, is answered with as he wants it", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup", { ETag: '"v1"' }));
  const arrival = new Arrival(means);
  const assessed = means.keeping.assessed(stored, means.clock.date() + 90_000);
  const good = arrival.first({ kind: "good", assessed, because: [] }, journey(means, {}, stored));
  equal(status(good), "maitred; fwd=stale; fwd-status=304; ttl=-30");
  const conditional = journey(means, { "If-None-Match": '"v1"' }, stored);
  equal(arrival.first({ kind: "good", assessed, because: [] }, conditional).status, 304);
  const stands = arrival.first({ kind: "stands in", assessed, status: 503, because: [] }, journey(means, {}, stored));
  equal(status(stands), "maitred; fwd=stale; fwd-status=503; ttl=-30");
  deepEqual([counted(means.counters), means.counters.bytesSaved], ["stale 1, revalidated 2", 8]);
});

// ── for the others ──

/** What another makes of it: its text, or what it goes through from then on. */
async function other(means: CacheMeans, landing: Landing, asks: Said = {}, past: Partial<Past> = {}): Promise<string> {
  const theirs = journey(means, asks);
  const from = { ...theirs, past: { ...theirs.past, ...past } };
  const answer = await new Arrival(means).other(landing, from, (next) => {
    const names = Object.entries(next).flatMap(([name, is]) => (is ? name : []));
    return { status: 0, fields: request("GET /").fields, body: new TextEncoder().encode(`again: ${names.join(" ")}`) };
  });
  return `${answer.status === 0 ? "" : `${answer.status} `}${await textOf(answer)}`;
}

const OTHERS: [
  what: string,
  landing: (means: CacheMeans) => Landing | Promise<Landing>,
  asks: Said,
  past: Partial<Past>,
  makes: string,
][] = [
  [
    "it was in vain: one more tries",
    () => ({ kind: "failed", answer: unreachable(), because: [] }),
    {},
    {},
    "again: hasFailed",
  ],
  [
    "it was in vain twice",
    () => ({ kind: "failed", answer: unreachable(), because: [] }),
    {},
    { hasFailed: true },
    "502 sorry",
  ],
  ["something was thrown", () => ({ kind: "threw", error: new Error("no") }), {}, {}, "again: hasFailed"],
  [
    "it is for one alone",
    () => ({ kind: "own", answer: ok("a"), isTelling: true, because: [] }),
    {},
    {},
    "again: isAlone",
  ],
  [
    "it is for one alone, which shows nothing about others",
    () => ({ kind: "own", answer: ok("a"), isTelling: false, because: [] }),
    {},
    {},
    "again: wasParted",
  ],
  [
    "the same once more",
    () => ({ kind: "own", answer: ok("a"), isTelling: false, because: [] }),
    {},
    { wasParted: true },
    "again: wasParted isAlone",
  ],
  ["it fits", (means) => kept(means, ok("soup")), {}, {}, "200 soup"],
  ["it fits, and a part of it is wanted", (means) => kept(means, ok("soup")), { Range: "bytes=1-2" }, {}, "206 ou"],
  [
    "it is stale at once",
    (means) => kept(means, ok("soup", { "Cache-Control": "max-age=0" })),
    {},
    {},
    "again: isAlone",
  ],
  [
    "it is too old for him",
    (means) => kept(means, ok("soup", { Age: "9" })),
    { "Cache-Control": "max-age=5" },
    {},
    "again: isAlone",
  ],
  [
    "it is for others",
    (means) => kept(means, ok("soup", { Vary: "A" }), false, { A: "1" }),
    { A: "2" },
    {},
    "again: wasParted",
  ],
  [
    "it is for others once more",
    (means) => kept(means, ok("soup", { Vary: "A" }), false, { A: "1" }),
    { A: "2" },
    { wasParted: true },
    "again: wasParted isAlone",
  ],
  [
    "it is a slice that has what he wants",
    (means) => kept(means, partOf(4, 7), true),
    { Range: "bytes=5-6" },
    {},
    "206 56",
  ],
  [
    "it is a slice that has not",
    (means) => kept(means, partOf(4, 7), true),
    { Range: "bytes=7-8" },
    {},
    "again: isAlone",
  ],
  [
    "it is a part that another wanted",
    (means) => kept(means, partOf(4, 7)),
    { Range: "bytes=5-6" },
    {},
    "again: isAlone",
  ],
];

for (const [what, landing, asks, past, makes] of OTHERS) {
  test(`for who waited: ${what}`, async () => {
    const means = cacheMeans();
    equal(await other(means, await landing(means), asks, past), makes);
    equal(counted(means.counters), makes.startsWith("20") ? "collapsed 1" : makes.startsWith("502") ? "misses 1" : "");
  });
}

const STANDS: [asks: Said, status: number | undefined, makes: string][] = [
  [{}, undefined, "200 soup"],
  [{}, 503, "again: isAlone"],
  [{ "Cache-Control": "stale-if-error=99" }, 503, "200 soup"],
  [{ A: "2" }, undefined, "again: isAlone"],
];
for (const [asks, status, makes] of STANDS) {
  test(`for who waited with ${JSON.stringify(asks)}: something stale in place of ${status ?? "no answer"}`, async () => {
    const means = cacheMeans();
    const stored = await means.keeps(ok("soup", { Vary: "A" }));
    await means.clock.advance(90_000);
    const assessed = means.keeping.assessed(stored, means.clock.date());
    equal(await other(means, { kind: "stands in", assessed, status, because: [] }, asks), makes);
    equal(counted(means.counters), makes.startsWith("200") ? "stale 1" : "");
  });
}

test("what is still good is for those whom it fits", async () => {
  const means = cacheMeans();
  const stored = await means.keeps(ok("soup"));
  const good = (age: number): Landing => ({
    kind: "good",
    assessed: means.keeping.assessed(stored, means.clock.date() + age),
    because: [],
  });
  equal(await other(means, good(0)), "200 soup");
  equal(await other(means, good(60_000)), "again: isAlone");
});

test("what has landed fits as long as it is fresh", async () => {
  const means = cacheMeans();
  const arrival = new Arrival(means);
  const landing = kept(means, streamed(new Spoken()));
  equal(arrival.fits(landing, journey(means)), true);
  equal(arrival.fits(landing, journey(means, { "Cache-Control": "no-cache" })), false);
  await means.clock.advance(60_000);
  equal(arrival.fits(landing, journey(means)), false);
  equal(arrival.fits({ kind: "own", answer: ok("a"), isTelling: true, because: [] }, journey(means)), false);
});

test("content is counted where there is some", async () => {
  const counters = { bytesFetched: 0 };
  const none = { status: 204, fields: ok("").fields };
  equal(countedAnswer(none, counters), none);
  const whole = ok("soup");
  equal(countedAnswer(whole, counters), whole);
  equal(await textOf(countedAnswer(streamed(bodyOf(["one", "two"])), counters)), "onetwo");
  equal(counters.bytesFetched, 10);
});
