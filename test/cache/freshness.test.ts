import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isHeuristicallyCacheable, type Lifetime, lifetimeOf } from "../../src/cache/freshness.ts";
import { DEFAULT_RULES, parseUriPattern, type Rules } from "../../src/cache/rules.ts";
import { termsOf } from "../../src/cache/terms.ts";
import { dateAt, fieldsOf, type Lines, THEN } from "./kept.ts";

function lifetime(lines: Lines, status = 200, rules: Rules = DEFAULT_RULES): Lifetime {
  const fields = fieldsOf(lines);
  const terms = termsOf(fields, rules.targets);
  return lifetimeOf({ status, fields, terms, responseTime: THEN, uri: "http://localhost/a" }, rules);
}

const DATE = dateAt(0);
const YEAR = 31_536_000;

/** §4.2.1: how many seconds, and by which section. */
const LIFETIMES: [lines: Lines, seconds: number, kind: Lifetime["kind"], section: string][] = [
  [{ "Cache-Control": "max-age=60" }, 60, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "s-maxage=60" }, 60, "explicit", "§5.2.2.10"],
  [{ Expires: dateAt(60) }, 60, "explicit", "§5.3"],
  [{}, 0, "none", "§4.2.1"],
  // The first that is there counts.
  [{ "Cache-Control": "max-age=60, s-maxage=10" }, 10, "explicit", "§5.2.2.10"],
  [{ "Cache-Control": "s-maxage=0, max-age=60" }, 0, "explicit", "§5.2.2.10"],
  [{ "Cache-Control": "max-age=60", Expires: dateAt(5) }, 60, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "max-age=0", Expires: dateAt(5) }, 0, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "s-maxage=60", Expires: "0" }, 60, "explicit", "§5.2.2.10"],
  [{ "Cache-Control": "public", Expires: dateAt(5) }, 5, "explicit", "§5.3"],
  [{ "Cache-Control": "max-age=60", "Last-Modified": dateAt(-YEAR) }, 60, "explicit", "§5.2.2.1"],
  [{ Expires: dateAt(5), "Last-Modified": dateAt(-YEAR) }, 5, "explicit", "§5.3"],
  // "either the first occurrence should be used or the response should be considered stale".
  [{ "Cache-Control": "max-age=60, max-age=10" }, 60, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": ["max-age=60", "max-age=10"] }, 60, "explicit", "§5.2.2.1"],
  [{ Expires: [dateAt(60), dateAt(5)] }, 60, "explicit", "§5.3"],
  [{ Expires: ["0", dateAt(5)] }, 0, "explicit", "§5.3"],
  // "Caches are encouraged to consider responses that have invalid freshness information … to be stale".
  ...["", "=", "=-60", "=60.5", "=a", "='60'", "=60s", " =60", "= 60", '="60', "=1 2"].map(
    (argument): [Lines, number, Lifetime["kind"], string] => [
      { "Cache-Control": `max-age${argument}`, Expires: dateAt(60), "Last-Modified": dateAt(-YEAR) },
      ...([0, "explicit", "§5.2.2.1"] as const),
    ],
  ),
  [{ "Cache-Control": "max-age=60, s-maxage=a" }, 0, "explicit", "§5.2.2.10"],
  [{ "Cache-Control": "max-age=a, s-maxage=60" }, 60, "explicit", "§5.2.2.10"],
  // In quotes, huge, odd.
  [{ "Cache-Control": 'max-age="60"' }, 60, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "MAX-AGE=0060" }, 60, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "max-age=2147483648" }, 2 ** 31, "explicit", "§5.2.2.1"],
  [{ "Cache-Control": "max-age=99999999999999999999" }, 2 ** 31, "explicit", "§5.2.2.1"],
  // "MUST interpret invalid date formats, especially the value "0", as representing a time in the past" (§5.3).
  ...[
    "",
    "0",
    "-1",
    "60",
    "soon",
    dateAt(60).replace("GMT", "UTC"),
    dateAt(60).replace("01", "1"),
    `${dateAt(60)}, `,
  ].map((value): [Lines, number, Lifetime["kind"], string] => [
    { Expires: value, "Last-Modified": dateAt(-YEAR) },
    ...([0, "explicit", "§5.3"] as const),
  ]),
  [{ Expires: dateAt(60).toLowerCase() }, 60, "explicit", "§5.3"],
  [{ Expires: "Wednesday, 01-May-24 12:01:00 GMT" }, 60, "explicit", "§5.3"],
  [{ Expires: "Wed May  1 12:01:00 2024" }, 60, "explicit", "§5.3"],
  [{ Expires: "Fri, 31 Dec 9999 23:59:59 GMT" }, 251_687_735_999, "explicit", "§5.3"],
  // Against its own Date, "to reduce clock skew".
  [{ Expires: dateAt(60), Date: dateAt(50) }, 10, "explicit", "§5.3"],
  [{ Expires: dateAt(60), Date: dateAt(-3600) }, 3660, "explicit", "§5.3"],
  [{ Expires: dateAt(3660), Date: dateAt(3600) }, 60, "explicit", "§5.3"],
  [{ Expires: dateAt(60), Date: dateAt(60) }, 0, "explicit", "§5.3"],
  [{ Expires: dateAt(60), Date: dateAt(90) }, 0, "explicit", "§5.3"],
  [{ Expires: dateAt(60), Date: "today" }, 60, "explicit", "§5.3"],
  // Targeted at us: then Cache-Control and Expires are ignored (RFC 9213 §2.2).
  [{ "CDN-Cache-Control": "max-age=60", "Cache-Control": "s-maxage=5", Expires: "0" }, 60, "explicit", "§5.2.2.1"],
  [{ "CDN-Cache-Control": "none", "Cache-Control": "max-age=5", Expires: dateAt(5) }, 0, "none", "§4.2.1"],
  [{ "CDN-Cache-Control": "none", Expires: "0", "Last-Modified": dateAt(-100) }, 10, "heuristic", "§4.2.2"],
  [{ "CDN-Cache-Control": "", "Cache-Control": "max-age=5" }, 5, "explicit", "§5.2.2.1"],
  [{ "CDN-Cache-Control": "max-age=60.5", "Cache-Control": "max-age=5" }, 5, "explicit", "§5.2.2.1"],
  [{ "Other-Cache-Control": "max-age=60", "Cache-Control": "max-age=5" }, 5, "explicit", "§5.2.2.1"],
  // What says nothing about it.
  [{ Pragma: "no-cache", "Last-Modified": dateAt(-100) }, 10, "heuristic", "§4.2.2"],
  [{ "Cache-Control": "must-revalidate" }, 0, "none", "§4.2.1"],
  // A tenth of the time it has not changed (§4.2.2), but no more than a day.
  [{ "Last-Modified": dateAt(-100) }, 10, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(-100), Date: dateAt(-90) }, 1, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(-864_000) }, 86_400, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(-864_001) }, 86_400, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(-YEAR) }, 86_400, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(0) }, 0, "heuristic", "§4.2.2"],
  [{ "Last-Modified": dateAt(100) }, 0, "heuristic", "§4.2.2"],
  [{ "Last-Modified": "yesterday" }, 0, "none", "§4.2.1"],
  [{ "Last-Modified": "0" }, 0, "none", "§4.2.1"],
  [{ "Last-Modified": [dateAt(-100), dateAt(-200)] }, 0, "none", "§4.2.1"],
  [{ "Cache-Control": "no-cache, must-revalidate, foo=1", "Last-Modified": dateAt(-100) }, 10, "heuristic", "§4.2.2"],
];

for (const [lines, seconds, kind, section] of LIFETIMES) {
  test(`${JSON.stringify(lines)}: ${seconds} s, ${kind}`, () => {
    for (const date of [{ Date: DATE }, {}]) {
      const { ms, because, ...found } = lifetime({ ...date, ...lines });
      deepEqual([ms, found.kind, because.section], [seconds * 1000, kind, section]);
    }
  });
}

/** RFC 9110 §15.1; RFC 7725 §3. */
const GUESSED = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501];
const NOT_GUESSED = [
  ...[201, 202, 205, 226, 299, 302, 303, 304, 305, 306, 307, 399, 400, 401, 402, 403, 406, 407, 408, 409, 411, 412],
  ...[413, 415, 416, 417, 418, 421, 422, 425, 426, 428, 429, 431, 499, 500, 502, 503, 504, 505, 511, 599, 600, 999],
];

for (const [statuses, isGuessed] of [
  [GUESSED, true],
  [NOT_GUESSED, false],
] as const) {
  for (const status of statuses) {
    test(`the lifetime of a ${status} is ${isGuessed ? "" : "not "}guessed`, () => {
      const lines = { Date: DATE, "Last-Modified": dateAt(-100) };
      equal(isHeuristicallyCacheable(status, false), isGuessed);
      deepEqual(
        [lifetime(lines, status).ms, lifetime(lines, status).kind],
        isGuessed ? [10_000, "heuristic"] : [0, "none"],
      );
      // "marked as explicitly cacheable (e.g., with a public response directive)".
      equal(isHeuristicallyCacheable(status, true), true);
      equal(lifetime({ ...lines, "Cache-Control": "public" }, status).kind, "heuristic");
      equal(lifetime({ ...lines, "Cache-Control": "must-revalidate" }, status).kind, isGuessed ? "heuristic" : "none");
      // What is said needs no guess.
      equal(lifetime({ ...lines, "Cache-Control": "max-age=60" }, status).ms, 60_000);
      equal(lifetime({ ...lines, Expires: dateAt(60) }, status).ms, 60_000);
    });
  }
}

test("how much is guessed is a matter of configuration", () => {
  const lines = { Date: DATE, "Last-Modified": dateAt(-1000) };
  equal(lifetime(lines, 200, { ...DEFAULT_RULES, heuristicFraction: 0.5 }).ms, 500_000);
  equal(lifetime(lines, 200, { ...DEFAULT_RULES, mostHeuristic: 5000 }).ms, 5000);
  deepEqual(lifetime(lines, 200, { ...DEFAULT_RULES, mostHeuristic: 0 }).kind, "none");
});

test("a lifetime by configuration beats all others, for the URIs that it is for", () => {
  const rules = (pattern: string): Rules => ({
    ...DEFAULT_RULES,
    lifetimes: [{ pattern: parseUriPattern(pattern), ms: 7000 }],
  });
  for (const lines of [
    {},
    { "Cache-Control": "s-maxage=60" },
    { Expires: "0" },
    { "CDN-Cache-Control": "max-age=1" },
  ]) {
    const { ms, kind, because } = lifetime(lines, 404, rules("/a"));
    deepEqual([ms, kind, because.section, because.value], [7000, "configured", "configuration", "--ttl /a"]);
  }
  equal(lifetime({ "Cache-Control": "s-maxage=60" }, 200, rules("/b")).ms, 60_000);
});

test("who knows when it was made need not have it read again", () => {
  const fields = fieldsOf({ Expires: dateAt(60), Date: dateAt(50) });
  const response = { status: 200, fields, terms: termsOf(fields, []), responseTime: THEN, uri: "http://localhost/" };
  equal(lifetimeOf({ ...response, date: THEN }, DEFAULT_RULES).ms, 60_000);
});

/** As it is told to people. */
const TOLD: [lines: Lines, rule: string, value: string | undefined][] = [
  [{ "Cache-Control": "max-age=3600" }, "fresh for 1 h", "max-age=3600"],
  [{ "Cache-Control": 's-maxage="5"' }, "fresh for 5 s", "s-maxage=5"],
  [{ "Cache-Control": "max-age=0" }, "stale at once", "max-age=0"],
  [{ "Cache-Control": "max-age=soon" }, "stale at once", "max-age=unreadable"],
  [{ "CDN-Cache-Control": "max-age=60" }, "fresh for 1 min", "max-age=60"],
  [{ Expires: dateAt(60) }, "fresh for 1 min", `Expires: ${dateAt(60)}`],
  [{ Expires: "0" }, "stale at once", "Expires: 0"],
  [{ "Last-Modified": dateAt(-100) }, "guessed to be fresh for 10 s", `Last-Modified: ${dateAt(-100)}`],
  [{}, "says nothing of how long it is fresh", undefined],
];

for (const [lines, rule, value] of TOLD) {
  test(`${JSON.stringify(lines)} is ${rule}`, () => {
    const { because } = lifetime({ Date: DATE, ...lines });
    deepEqual([because.rule, because.value], [rule, value]);
    if (value !== undefined) ok(Object.keys(lines).includes(because.field ?? ""));
  });
}

test("no text makes it throw, and a lifetime is a number that is not below 0", () => {
  const text = fc.oneof(
    fc.string(),
    fc.integer().map((n) => dateAt(n % 1e9)),
  );
  const control = fc.oneof(
    fc.string(),
    fc.integer().map((n) => `max-age=${n}`),
  );
  fc.assert(
    fc.property(
      control,
      text,
      text,
      text,
      fc.integer({ min: 200, max: 999 }),
      (directives, expires, date, modified, status) => {
        const lines = { "Cache-Control": directives, Expires: expires, Date: date, "Last-Modified": modified };
        ok(lifetime(lines, status).ms >= 0);
      },
    ),
  );
});
