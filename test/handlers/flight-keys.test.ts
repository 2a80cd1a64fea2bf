import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { assess } from "../../src/cache/assess.ts";
import type { Forward } from "../../src/cache/decide.ts";
import { DEFAULT_RULES } from "../../src/cache/rules.ts";
import { FlightKeys } from "../../src/handlers/flight-keys.ts";
import type { Journey, Past } from "../../src/handlers/means.ts";
import type { RangeMiss } from "../../src/handlers/range-miss.ts";
import { stored } from "../stage.ts";
import { request } from "./exchange.ts";

const BEGINNING: Past = { hasFailed: false, wasParted: false, isAlone: false };
const CONDITION = { "If-None-Match": '"v1"' };

type Fields = Readonly<Record<string, string>>;

interface How {
  readonly method?: string;
  readonly key?: string;
  readonly fwd?: Forward;
  /** What is stored of it. */
  readonly has?: "nothing" | "the whole" | "a part";
  readonly past?: Partial<Past>;
}

function journey(fields: Fields = {}, how: How = {}): Journey {
  const { method = "GET", key = "http://localhost/", has = "nothing", fwd = "uri-miss", past } = how;
  const ranges = has === "a part" ? [{ first: 0, last: 1 }] : undefined;
  const one = { ...stored, content: { ...stored.content, ranges } };
  const chosen = has === "nothing" ? undefined : assess(one, DEFAULT_RULES, one.responseTime);
  return {
    request: request(`${method} /`, fields),
    key,
    uri: "http://localhost/",
    decision: { do: "ask", fwd, chosen, candidates: [], because: [] },
    past: { ...BEGINNING, ...past },
  };
}

const keysOf = (rangeMiss: RangeMiss = "pass", clock = new VirtualClock()): FlightKeys =>
  new FlightKeys(clock, rangeMiss);

const ALONE: [what: string, fields: Fields, how: How, goesAlone: boolean][] = [
  ["nothing special", {}, {}, false],
  ["other fields", { Accept: "a", Cookie: "b" }, {}, false],
  ["HEAD", {}, { method: "HEAD" }, true],
  ["POST", {}, { method: "POST" }, true],
  ["Authorization", { Authorization: "Basic YTpi" }, {}, true],
  ["If-Match", { "If-Match": '"v1"' }, { has: "the whole" }, true],
  ["If-Unmodified-Since", { "If-Unmodified-Since": "never" }, { has: "the whole" }, true],
  ["no-cache", { "Cache-Control": "no-cache" }, {}, true],
  ["no-store", { "Cache-Control": "max-age=1, No-Store" }, {}, true],
  ["Pragma: no-cache", { Pragma: "no-cache" }, {}, true],
  [
    "Pragma: no-cache, which Cache-Control overrides",
    { "Pragma": "no-cache", "Cache-Control": "max-age=1" },
    {},
    false,
  ],
  ["max-age", { "Cache-Control": "max-age=1" }, {}, false],
  [
    "a wish that what is stored does not fulfil",
    { "Cache-Control": "max-age=1" },
    { fwd: "request", has: "the whole" },
    true,
  ],
  ["a condition on what is not stored", CONDITION, {}, true],
  ["a date as a condition on what is not stored", { "If-Modified-Since": "never" }, {}, true],
  ["a condition on what is stored", CONDITION, { fwd: "stale", has: "the whole" }, false],
  ["a condition on a part", CONDITION, { fwd: "partial", has: "a part" }, true],
  ["a range of what is stored", { Range: "bytes=0-1" }, { fwd: "stale", has: "the whole" }, false],
  ["a range of what is not", { Range: "bytes=0-1" }, {}, true],
  ["a part that is stored", {}, { fwd: "partial", has: "a part" }, false],
  ["having waited in vain", {}, { past: { hasFailed: true, wasParted: true } }, false],
  ["having waited for long enough", {}, { past: { isAlone: true } }, true],
];
for (const [what, fields, how, goesAlone] of ALONE) {
  test(`a request with ${what} ${goesAlone ? "goes alone" : "may wait for others"}`, () => {
    equal(keysOf().of(journey(fields, how)) === undefined, goesAlone);
  });
}

const SLICES: [mode: RangeMiss, a: Fields, b: Fields, isSame: boolean][] = [
  [1000, { Range: "bytes=0-1" }, { Range: "bytes=998-999" }, true],
  [1000, { Range: "bytes=0-1" }, { Range: "bytes=1000-1001" }, false],
  [1000, { Range: "bytes=0-1" }, {}, false],
  [1000, { Range: "bytes=5-" }, { Range: "bytes=6-" }, true],
  [1000, { Range: "bytes=5-" }, { Range: "bytes=5-6" }, false],
  ["whole", { Range: "bytes=0-1" }, {}, true],
  ["whole", { Range: "bytes=0-1", "If-Range": '"v1"' }, {}, true],
  ["whole", { Range: "bytes=-1" }, { Range: "bytes=0-1,5-6" }, true],
];
for (const [mode, a, b, isSame] of SLICES) {
  const spoken = (fields: Fields): string => fields.Range ?? "everything";
  test(`with ${mode}, ${spoken(a)} and ${spoken(b)} are ${isSame ? "the same" : "different"}`, () => {
    const keys = keysOf(mode);
    const [first, second] = [keys.of(journey(a)), keys.of(journey(b))];
    notEqual(first, undefined);
    equal(first === second, isSame);
  });
}

test("a range goes alone where it cannot be sliced, or bears a condition", () => {
  const keys = keysOf(1000);
  for (const more of [CONDITION, { "If-Range": '"v1"' }])
    equal(keys.of(journey({ Range: "bytes=0-1", ...more })), undefined);
  equal(keys.of(journey({ Range: "bytes=-1" })), undefined);
  equal(keysOf("whole").of(journey({ Range: "bytes=0-1", ...CONDITION })), undefined);
});

test("two keys are never the same flight", () => {
  const keys = keysOf(1000);
  const all = ["http://localhost/", "http://localhost/[]", "http://localhost/bytes=0-999", "http://localhost/ a=b"];
  const seen = new Set(
    all.flatMap((key) => [keys.of(journey({}, { key })), keys.of(journey({ Range: "bytes=0-1" }, { key }))]),
  );
  equal(seen.size, 2 * all.length);
});

test("what the answers are known to vary with tells requests apart, by what it means, until they do not any more", () => {
  const keys = keysOf();
  const same = (a: Fields, b: Fields, how?: How): boolean => keys.of(journey(a, how)) === keys.of(journey(b, how));
  keys.vary(journey(), "Accept, X-A");
  equal(same({ Accept: "a" }, { Accept: "b" }), false);
  equal(same({ Accept: "a, b" }, { Accept: "b,a;q=1" }), true);
  equal(same({}, { Accept: "" }), false);
  equal(same({ "X-A": "1" }, {}), false);
  equal(same({ Accept: "a", Cookie: "b" }, { Accept: "a" }), true);
  // Values cannot look like names.
  equal(same({ "Accept": 'a"],["x-a","1', "X-A": "1" }, { "Accept": "a", "X-A": '1"],["x-a","1' }), false);
  equal(same({ Accept: "a" }, { Accept: "b" }, { key: "http://localhost/other" }), true);
  keys.vary(journey(), undefined);
  equal(same({ Accept: "a" }, { Accept: "b" }), true);
});

test("where the answers are for each alone nobody waits, for a minute or until one is for all", async () => {
  const clock = new VirtualClock(1000);
  const keys = keysOf("pass", clock);
  const key = keys.of(journey())!;
  keys.noteAlone(key);
  equal(keys.of(journey()), undefined);
  notEqual(keys.of(journey({}, { key: "http://localhost/other" })), undefined);
  await clock.advance(59_999);
  equal(keys.of(journey()), undefined);
  await clock.advance(1);
  equal(keys.of(journey()), key);
  keys.noteAlone(key);
  keys.noteShared(key);
  equal(keys.of(journey()), key);
});

test("one variant that is for each alone says nothing of another", () => {
  const keys = keysOf();
  keys.vary(journey(), "Cookie");
  keys.noteAlone(keys.of(journey({ Cookie: "a" }))!);
  equal(keys.of(journey({ Cookie: "a" })), undefined);
  notEqual(keys.of(journey({ Cookie: "b" })), undefined);
  notEqual(keys.of(journey()), undefined);
});

test("who asks in the background is recognised also where all go alone, and is the same as who asks for all of it", () => {
  const keys = keysOf();
  const key = keys.of(journey())!;
  equal(keys.always(journey()), key);
  keys.noteAlone(key);
  equal(keys.always(journey({ "Cache-Control": "no-cache" })), key);
});
