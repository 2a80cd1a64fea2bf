import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assess, isFresh, ttlOf, uriOf } from "../../src/cache/assess.ts";
import { DEFAULT_RULES, parseUriPattern } from "../../src/cache/rules.ts";
import { assessed, at, type Circumstances, dateAt, kept, type Lines, THEN } from "./kept.ts";

const HOUR = { "Cache-Control": "max-age=3600" };

/** §4.2.3 and §4.2: of what came at 0 s, its age and whether it is fresh so many seconds later. */
const AGING: [
  what: string,
  lines: Lines,
  circumstances: Circumstances,
  seconds: number,
  age: number,
  isFresh: boolean,
][] = [
  ["as it came", HOUR, {}, 0, 0, true],
  ["in the last second", HOUR, {}, 3599, 3599, true],
  // "response_is_fresh = (freshness_lifetime > current_age)"
  ["when its time is over", HOUR, {}, 3600, 3600, false],
  ["much later", HOUR, {}, 7200, 7200, false],
  ["with an Age", { ...HOUR, Age: "3000" }, {}, 599, 3599, true],
  ["with an Age, later", { ...HOUR, Age: "3000" }, {}, 600, 3600, false],
  ["stale when it came", { ...HOUR, Age: "7200" }, {}, 0, 7200, false],
  ["with an Age beyond all measure", { ...HOUR, Age: "99999999999" }, {}, 0, 2 ** 31, false],
  [
    "a lifetime and an Age beyond all measure",
    { "Cache-Control": "max-age=99999999999", Age: "99999999999" },
    {},
    0,
    2 ** 31,
    false,
  ],
  ["with an old Date", { ...HOUR, Date: dateAt(-3000) }, {}, 599, 3599, true],
  ["with an old Date, later", { ...HOUR, Date: dateAt(-3000) }, {}, 600, 3600, false],
  ["with a Date to come", { ...HOUR, Date: dateAt(3000) }, {}, 3599, 3599, true],
  ["with Date and Age", { ...HOUR, Date: dateAt(-10), Age: "20" }, {}, 5, 25, true],
  ["on its way for long", HOUR, { requestTime: at(-100) }, 5, 105, true],
  ["on its way for long, with an Age", { ...HOUR, Age: "20" }, { requestTime: at(-100) }, 5, 125, true],
  ["with an Expires", { Expires: dateAt(60) }, {}, 59, 59, true],
  ["with an Expires, later", { Expires: dateAt(60) }, {}, 60, 60, false],
  ["with an Expires by a clock ahead of ours", { Date: dateAt(3600), Expires: dateAt(3660) }, {}, 59, 59, true],
  ["with an Expires by a clock behind ours", { Date: dateAt(-3600), Expires: dateAt(-3540) }, {}, 0, 3600, false],
  ["with nothing to go by", {}, {}, 0, 0, false],
  ["unchanged for long", { "Last-Modified": dateAt(-1000) }, {}, 99, 99, true],
  ["unchanged for long, later", { "Last-Modified": dateAt(-1000) }, {}, 100, 100, false],
  ["for us", { "CDN-Cache-Control": "max-age=60", ...HOUR }, {}, 60, 60, false],
  ["a clock that was set back since", HOUR, {}, -100, 0, true],
];

for (const [what, lines, circumstances, seconds, age, fresh] of AGING) {
  test(`${what}: ${age} s old, ${fresh ? "fresh" : "stale"}`, () => {
    const found = assessed(lines, circumstances, seconds);
    deepEqual([found.age, isFresh(found)], [age * 1000, fresh]);
  });
}

test("it knows its fields, its terms, and when it was made", () => {
  const found = assessed({ ...HOUR, ETag: '"a"', Date: dateAt(-7) });
  deepEqual([found.fields.get("etag"), found.terms.directives.has("max-age"), found.date], ['"a"', true, at(-7)]);
});

test("a lifetime by configuration is by its URI, whatever else is in its key", () => {
  const rules = { ...DEFAULT_RULES, lifetimes: [{ pattern: parseUriPattern("/a"), ms: 5000 }] };
  equal(assess(kept({}, { key: "http://localhost/a foo=1" }), rules, THEN).lifetime.ms, 5000);
  equal(assess(kept({}, { key: "http://localhost/b foo=/a" }), rules, THEN).lifetime.ms, 0);
});

test("the URI in a key ends where the key goes on", () => {
  deepEqual(
    ["http://localhost/a", "http://localhost/a foo", "http://localhost/a foo=b bar=c"].map(uriOf),
    Array(3).fill("http://localhost/a"),
  );
});

test("what is left of a lifetime is in whole seconds, and below 0 where it is over", () => {
  const left = (age: number): number => ttlOf({ lifetime: { ms: 60_000 }, age });
  deepEqual([0, 1, 60_000, 60_001].map(left), [60, 59, 0, -1]);
});

test("nothing is fresh for longer than it says", () => {
  const seconds = fc.integer({ min: -10, max: 100 });
  fc.assert(
    fc.property(seconds, seconds, seconds, seconds, (lifetime, age, date, now) => {
      const lines = { "Cache-Control": `max-age=${lifetime}`, Age: `${age}`, Date: dateAt(date) };
      const found = assessed(lines, {}, now);
      if (isFresh(found)) ok(Math.max(age, -date, 0) + Math.max(now, 0) < lifetime);
    }),
  );
});
