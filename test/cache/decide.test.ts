import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Decision, decide, hasStrongValidator, strongValidator } from "../../src/cache/decide.ts";
import { spoken } from "../../src/cache/reasons.ts";
import { DEFAULT_RULES, parseUriPattern, type Rules } from "../../src/cache/rules.ts";
import { Fields } from "../../src/http/fields.ts";
import { assessed, at, type Circumstances, dateAt, fieldsOf, inAWord, kept, type Lines } from "./kept.ts";

/** A stored response: its fields, and what else there is to say of it. */
type One = readonly [lines: Lines, circumstances?: Circumstances];

/** A request, what is stored, how many seconds later; what is done, and by which sections. */
type Case = readonly [
  what: string,
  request: Lines,
  stored: One | readonly One[],
  seconds: number,
  decision: string,
  sections: readonly string[],
];

const isOne = (stored: One | readonly One[]): stored is One => stored.length > 0 && !Array.isArray(stored[0]);

function table(section: string, cases: readonly Case[]): void {
  for (const [what, request, stored, seconds, decision, sections] of cases) {
    test(`${section} ${what}: ${decision}`, () => {
      const list = (isOne(stored) ? [stored] : stored).map(([lines, circumstances]) => kept(lines, circumstances));
      const asked = { method: "GET", fields: fieldsOf(request) };
      const made = decide(asked, list, at(seconds), DEFAULT_RULES, () => true);
      deepEqual([inAWord(made), made.because.map((reason) => reason.section)], [decision, sections]);
    });
  }
}

const HOUR: Lines = { "Cache-Control": "max-age=3600" };
const control = (directives: string, lines: Lines = {}): Lines => ({ "Cache-Control": directives, ...lines });

table("§4", [
  ["nothing is stored", {}, [], 0, "ask uri-miss", ["§4"]],
  ["a fresh response", {}, [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["a stale response", {}, [HOUR], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["no-cache", {}, [control("no-cache, max-age=3600")], 10, "ask stale", ["§5.2.2.4"]],
  ["no-cache and must-revalidate", {}, [control("no-cache, must-revalidate")], 0, "ask stale", ["§5.2.2.4"]],
  [
    "no-cache for a field, which is not kept",
    {},
    [control('no-cache="a", max-age=3600')],
    10,
    "reuse",
    ["§5.2.2.1", "§4.2.3"],
  ],
  [
    "no-cache for a field, and for all",
    {},
    [control('no-cache="a", max-age=3600, no-cache')],
    10,
    "ask stale",
    ["§5.2.2.4"],
  ],
  ["no-cache that cannot be read", {}, [control('max-age=3600, no-cache="a')], 10, "ask stale", ["§5.2.2.4"]],
  ["no-cache for us", {}, [{ ...HOUR, "CDN-Cache-Control": "no-cache" }], 10, "ask stale", ["§5.2.2.4"]],
  [
    "no-cache for others",
    {},
    [control("no-cache", { "CDN-Cache-Control": "max-age=60" })],
    10,
    "reuse",
    ["§5.2.2.1", "§4.2.3"],
  ],
  ["made invalid", {}, [HOUR, { isInvalid: true }], 10, "ask stale", ["§4.4"]],
  ["made invalid, and no-cache", {}, [control("no-cache"), { isInvalid: true }], 10, "ask stale", ["§4.4"]],
  [
    "of two that fit, the more recent one, though it is stale",
    {},
    [[{ ...HOUR, Vary: "Foo", Date: dateAt(-20) }], [control("max-age=1", { Vary: "Bar", Date: dateAt(-10) })]],
    ...([0, "ask stale", ["§4.1", "§5.2.2.1", "§4.2.3"]] as const),
  ],
  ["a 404", {}, [HOUR, { status: 404 }], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["a 599", {}, [HOUR, { status: 599 }], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
]);

/** §3.5: whatever has become of its fields since it was stored. */
const SECRET: Circumstances = { request: { Authorization: "Basic YTpi" } };
table("§3.5", [
  ["the answer to a password", {}, [HOUR, SECRET], 10, "ask uri-miss", ["§4"]],
  ["even for the same password", { Authorization: "Basic YTpi" }, [HOUR, SECRET], 10, "ask uri-miss", ["§4"]],
  ["public", {}, [control("public, max-age=60"), SECRET], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["s-maxage", {}, [control("s-maxage=60"), SECRET], 10, "reuse", ["§5.2.2.10", "§4.2.3"]],
  ["must-revalidate", {}, [control("must-revalidate, max-age=60"), SECRET], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  // "and the cache conforms to the requirements of that directive".
  [
    "s-maxage, stale",
    { "Cache-Control": "max-stale" },
    [control("s-maxage=60"), SECRET],
    60,
    "ask stale",
    ["§5.2.2.10", "§4.2.3"],
  ],
  [
    "must-revalidate, stale",
    { "Cache-Control": "max-stale" },
    [control("must-revalidate"), SECRET],
    0,
    "ask stale",
    ["§4.2.1", "§4.2.3"],
  ],
  ["a password for what was free", { Authorization: "Basic YTpi" }, [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  [
    "one that is free beside one that is not",
    {},
    [[{ ...HOUR, Vary: "Authorization" }, SECRET], [{ ...HOUR, Vary: "Authorization" }]],
    ...([10, "reuse", ["§4.1", "§5.2.2.1", "§4.2.3"]] as const),
  ],
]);

const variant = (foo: string | undefined, lines: Lines = HOUR): One => [
  { ...lines, Vary: "Foo" },
  { request: foo === undefined ? {} : { Foo: foo } },
];
table("§4.1", [
  ["alike", { Foo: "1" }, variant("1"), 10, "reuse", ["§4.1", "§5.2.2.1", "§4.2.3"]],
  ["not alike", { Foo: "2" }, variant("1"), 10, "ask vary-miss", ["§4.1"]],
  ["absent", {}, variant("1"), 10, "ask vary-miss", ["§4.1"]],
  ["both absent", {}, variant(undefined), 10, "reuse", ["§4.1", "§5.2.2.1", "§4.2.3"]],
  [
    "one of several",
    { Foo: "2" },
    [variant("1"), variant("2"), variant("3")],
    10,
    "reuse",
    ["§4.1", "§5.2.2.1", "§4.2.3"],
  ],
  ["none of several", { Foo: "4" }, [variant("1"), variant("2"), variant("3")], 10, "ask vary-miss", ["§4.1"]],
  ["a star", { Foo: "1" }, [{ ...HOUR, Vary: "*" }], 10, "ask vary-miss", ["§4.1"]],
  ["alike, and stale", { Foo: "1" }, variant("1"), 3600, "ask stale", ["§4.1", "§5.2.2.1", "§4.2.3"]],
  ["one that omits Vary, for all", { Foo: "2" }, [variant("1"), [HOUR]], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  [
    "by language",
    { "Accept-Language": "de, en;q=0.5" },
    [{ ...HOUR, Vary: "Accept-Language", "Content-Language": "de" }, { request: { "Accept-Language": "de" } }],
    ...([10, "reuse", ["§4.1", "§5.2.2.1", "§4.2.3"]] as const),
  ],
]);

table("§4.2", [
  ["s-maxage beats max-age", {}, [control("s-maxage=60, max-age=5")], 30, "reuse", ["§5.2.2.10", "§4.2.3"]],
  [
    "s-maxage beats max-age, to its end",
    {},
    [control("s-maxage=5, max-age=60")],
    30,
    "ask stale",
    ["§5.2.2.10", "§4.2.3"],
  ],
  ["Expires", {}, [{ Expires: dateAt(60) }], 59, "reuse", ["§5.3", "§4.2.3"]],
  ["Expires, over", {}, [{ Expires: dateAt(60) }], 60, "ask stale", ["§5.3", "§4.2.3"]],
  ["Expires: 0", {}, [{ Expires: "0" }], 0, "ask stale", ["§5.3", "§4.2.3"]],
  ["a guess", {}, [{ "Last-Modified": dateAt(-1000) }], 99, "reuse", ["§4.2.2", "§4.2.3"]],
  ["a guess, over", {}, [{ "Last-Modified": dateAt(-1000) }], 100, "ask stale", ["§4.2.2", "§4.2.3"]],
  [
    "no guess for a 302",
    {},
    [{ "Last-Modified": dateAt(-1000) }, { status: 302 }],
    0,
    "ask stale",
    ["§4.2.1", "§4.2.3"],
  ],
  ["nothing to go by", {}, [{}], 0, "ask stale", ["§4.2.1", "§4.2.3"]],
  ["what cannot be read", {}, [control("max-age=1h")], 0, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["below 0", {}, [control("max-age=-5")], 0, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["beyond all measure", {}, [control("max-age=99999999999999999999")], 2 ** 31 - 1, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["twice", {}, [control("max-age=60, max-age=1")], 30, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["in quotes", {}, [control('max-age="60"')], 30, "reuse", ["§5.2.2.1", "§4.2.3"]],
]);

table("§4.2.3", [
  ["an Age", {}, [{ ...HOUR, Age: "3000" }], 599, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["an Age, over", {}, [{ ...HOUR, Age: "3000" }], 600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["a Date of long ago", {}, [{ ...HOUR, Date: dateAt(-3000) }], 600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["a Date to come", {}, [{ ...HOUR, Date: dateAt(3000) }], 3599, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["a Date to come, over", {}, [{ ...HOUR, Date: dateAt(3000) }], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["a long way", {}, [HOUR, { requestTime: at(-3000) }], 600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
]);

const MAX_STALE = { "Cache-Control": "max-stale" };
table("§4.2.4", [
  ["max-stale", MAX_STALE, [HOUR], 99_999, "reuse stale", ["§5.2.2.1", "§4.2.3", "§5.2.1.2"]],
  ["max-stale, and nothing to go by", MAX_STALE, [{}], 99_999, "reuse stale", ["§4.2.1", "§4.2.3", "§5.2.1.2"]],
  [
    "max-stale, and must-revalidate",
    MAX_STALE,
    [control("max-age=1, must-revalidate")],
    2,
    "ask stale",
    ["§5.2.2.1", "§4.2.3"],
  ],
  [
    "max-stale, and proxy-revalidate",
    MAX_STALE,
    [control("max-age=1, proxy-revalidate")],
    2,
    "ask stale",
    ["§5.2.2.1", "§4.2.3"],
  ],
  ["max-stale, and s-maxage", MAX_STALE, [control("s-maxage=1")], 2, "ask stale", ["§5.2.2.10", "§4.2.3"]],
  ["max-stale, and no-cache", MAX_STALE, [control("no-cache")], 2, "ask stale", ["§5.2.2.4"]],
  [
    "max-stale, and no-cache for a field",
    MAX_STALE,
    [control('max-age=1, no-cache="a"')],
    2,
    "reuse stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.2"],
  ],
  ["max-stale, and made invalid", MAX_STALE, [HOUR, { isInvalid: true }], 2, "ask stale", ["§4.4"]],
  [
    "must-revalidate, while it is fresh",
    {},
    [control("max-age=60, must-revalidate")],
    2,
    "reuse",
    ["§5.2.2.1", "§4.2.3"],
  ],
]);

const SWR = "RFC 5861 §3";
const WHILE = control("max-age=600, stale-while-revalidate=30");
table("RFC 5861 §3", [
  ["fresh", {}, [WHILE], 599, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["within its window", {}, [WHILE], 600, "reuse stale, refresh", ["§5.2.2.1", "§4.2.3", SWR]],
  ["at its end", {}, [WHILE], 630, "reuse stale, refresh", ["§5.2.2.1", "§4.2.3", SWR]],
  ["beyond it", {}, [WHILE], 631, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  [
    "the request wants it asked about",
    { "Cache-Control": "no-cache" },
    [WHILE],
    610,
    "ask stale",
    ["§5.2.2.1", "§4.2.3"],
  ],
  ["the request names an age", { "Cache-Control": "max-age=9999" }, [WHILE], 610, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["the request wants it fresh", { "Cache-Control": "min-fresh=0" }, [WHILE], 610, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  [
    "the request wants no more than that",
    { "Cache-Control": "max-stale=30" },
    [WHILE],
    610,
    "reuse stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.2"],
  ],
  [
    "the request wants less",
    { "Cache-Control": "max-stale=5" },
    [WHILE],
    610,
    "reuse stale, refresh",
    ["§5.2.2.1", "§4.2.3", SWR],
  ],
  [
    "must-revalidate",
    {},
    [control("max-age=600, stale-while-revalidate=30, must-revalidate")],
    610,
    "ask stale",
    ["§5.2.2.1", "§4.2.3"],
  ],
  [
    "s-maxage",
    {},
    [control("s-maxage=600, stale-while-revalidate=30")],
    610,
    "reuse stale, refresh",
    ["§5.2.2.10", "§4.2.3", SWR],
  ],
  ["made invalid", {}, [WHILE, { isInvalid: true }], 610, "ask stale", ["§4.4"]],
  [
    "for us",
    {},
    [{ "CDN-Cache-Control": "max-age=600, stale-while-revalidate=30" }],
    610,
    "reuse stale, refresh",
    ["§5.2.2.1", "§4.2.3", SWR],
  ],
]);

const asks = (directives: string): Lines => ({ "Cache-Control": directives });
table("§5.2.1.1", [
  ["max-age, younger", asks("max-age=60"), [HOUR], 59, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["max-age, as old", asks("max-age=60"), [HOUR], 60, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["max-age, older", asks("max-age=60"), [HOUR], 61, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.1"]],
  ["max-age=0, just come", asks("max-age=0"), [HOUR], 0, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["max-age=0", asks("max-age=0"), [HOUR], 1, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.1"]],
  ["max-age in quotes", asks('max-age="60"'), [HOUR], 61, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.1"]],
  ["a max-age that cannot be read is no wish", asks("max-age=soon"), [HOUR], 61, "reuse", ["§5.2.2.1", "§4.2.3"]],
  [
    "the Age counts",
    asks("max-age=60"),
    [{ ...HOUR, Age: "61" }],
    0,
    "ask request",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.1"],
  ],
  ["max-age makes nothing fresh", asks("max-age=9999"), [HOUR], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  // "Unless the max-stale request directive is also present, the client does not wish to receive a stale response."
  [
    "max-age and max-stale",
    asks("max-age=9999, max-stale"),
    [HOUR],
    3600,
    "reuse stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.2"],
  ],
  [
    "max-age and max-stale, too old all the same",
    asks("max-age=60, max-stale"),
    [HOUR],
    3600,
    "ask stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.1"],
  ],
]);

table("§5.2.1.2", [
  ["max-stale=60, at its end", asks("max-stale=60"), [HOUR], 3660, "reuse stale", ["§5.2.2.1", "§4.2.3", "§5.2.1.2"]],
  ["max-stale=60, beyond", asks("max-stale=60"), [HOUR], 3661, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["max-stale=0", asks("max-stale=0"), [HOUR], 3600, "reuse stale", ["§5.2.2.1", "§4.2.3", "§5.2.1.2"]],
  ["max-stale that cannot be read", asks("max-stale=soon"), [HOUR], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["max-stale that is empty", asks("max-stale="), [HOUR], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  ["max-stale, while it is fresh", asks("max-stale=60"), [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["max-stale and no-cache", asks("max-stale, no-cache"), [HOUR], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
]);

table("§5.2.1.3", [
  ["min-fresh, long enough", asks("min-fresh=60"), [HOUR], 3540, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["min-fresh, too short", asks("min-fresh=60"), [HOUR], 3541, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.3"]],
  ["min-fresh that cannot be read", asks("min-fresh=soon"), [HOUR], 3541, "reuse", ["§5.2.2.1", "§4.2.3"]],
  [
    "min-fresh beyond all measure",
    asks("min-fresh=99999999999"),
    [HOUR],
    1,
    "ask request",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.3"],
  ],
  [
    "min-fresh and max-stale, which cannot both be had",
    asks("min-fresh=1, max-stale"),
    [HOUR],
    3600,
    "ask stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.3"],
  ],
]);

table("§5.2.1.4", [
  ["no-cache", asks("no-cache"), [HOUR], 10, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.4"]],
  ["no-cache=foo", asks("no-cache=foo"), [HOUR], 10, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.4"]],
  ["no-store is about storing", asks("no-store"), [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  [
    "must-revalidate is for responses",
    asks("must-revalidate, private, s-maxage=0"),
    [HOUR],
    10,
    "reuse",
    ["§5.2.2.1", "§4.2.3"],
  ],
]);

table("§5.2.1.7", [
  ["only-if-cached, fresh", asks("only-if-cached"), [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["only-if-cached, stale", asks("only-if-cached"), [HOUR], 3600, "refuse", ["§5.2.2.1", "§4.2.3", "§5.2.1.7"]],
  ["only-if-cached, nothing stored", asks("only-if-cached"), [], 0, "refuse", ["§4", "§5.2.1.7"]],
  ["only-if-cached, not alike", asks("only-if-cached"), variant("1"), 10, "refuse", ["§4.1", "§5.2.1.7"]],
  [
    "only-if-cached and no-cache",
    asks("only-if-cached, no-cache"),
    [HOUR],
    10,
    "refuse",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.4", "§5.2.1.7"],
  ],
  [
    "only-if-cached and max-stale",
    asks("only-if-cached, max-stale"),
    [HOUR],
    3600,
    "reuse stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.2"],
  ],
  [
    "only-if-cached and If-Match",
    { ...asks("only-if-cached"), "If-Match": '"a"' },
    [HOUR],
    10,
    "refuse",
    ["§4.3.2", "§5.2.1.7"],
  ],
]);

table("§5.4", [
  ["Pragma", { Pragma: "no-cache" }, [HOUR], 10, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.4"]],
  [
    "Pragma and Cache-Control",
    { Pragma: "no-cache", ...asks("max-age=60") },
    [HOUR],
    10,
    "reuse",
    ["§5.2.2.1", "§4.2.3"],
  ],
  ["Pragma that says something else", { Pragma: "only-if-cached" }, [], 0, "ask uri-miss", ["§4"]],
  ["Pragma in a response", {}, [{ ...HOUR, Pragma: "no-cache" }], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
]);

const FOR_EVER = control("max-age=3600, immutable");
table("RFC 8246 §2", [
  ["a reload", asks("max-age=0"), [FOR_EVER], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["a forced reload", asks("no-cache"), [FOR_EVER], 10, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.4"]],
  ["immutable=foo", asks("max-age=0"), [control("max-age=3600, immutable=foo")], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  // "The immutable extension only applies during the freshness lifetime of the stored response."
  ["stale", {}, [FOR_EVER], 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
  [
    "stale, and too old for the request",
    asks("max-age=0, max-stale"),
    [FOR_EVER],
    3600,
    "ask stale",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.1"],
  ],
  ["min-fresh", asks("min-fresh=60"), [FOR_EVER], 3590, "ask request", ["§5.2.2.1", "§4.2.3", "§5.2.1.3"]],
  [
    "immutable in a request",
    asks("max-age=0, immutable"),
    [HOUR],
    10,
    "ask request",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.1"],
  ],
]);

table("§4.3.2", [
  ["If-Match", { "If-Match": '"a"' }, [HOUR], 10, "ask request", ["§4.3.2"]],
  ["If-Unmodified-Since", { "If-Unmodified-Since": dateAt(0) }, [HOUR], 10, "ask request", ["§4.3.2"]],
  ["If-Match, and nothing stored", { "If-Match": '"a"' }, [], 10, "ask uri-miss", ["§4"]],
  ["If-None-Match", { "If-None-Match": '"a"' }, [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["If-Modified-Since", { "If-Modified-Since": dateAt(0) }, [HOUR], 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
]);

/** §3.3, §3.4: where the bytes that are stored are not all that are wanted. */
const STRONG = { ETag: '"v1"' };
const PARTS: [
  what: string,
  method: string,
  request: Lines,
  lines: Lines,
  seconds: number,
  decision: string,
  sections: string[],
][] = [
  ["fresh, with a strong validator", "GET", {}, { ...HOUR, ...STRONG }, 10, "complete", ["§5.2.2.1", "§4.2.3", "§3.3"]],
  [
    "fresh, with a date of change",
    "GET",
    {},
    { ...HOUR, "Last-Modified": dateAt(-9) },
    10,
    "complete",
    ["§5.2.2.1", "§4.2.3", "§3.3"],
  ],
  [
    "fresh, with a weak validator",
    "GET",
    {},
    { ...HOUR, ETag: 'W/"v1"' },
    10,
    "ask partial",
    ["§5.2.2.1", "§4.2.3", "§3.3"],
  ],
  ["fresh, without a validator", "GET", {}, HOUR, 10, "complete", ["§5.2.2.1", "§4.2.3", "§3.3"]],
  // Whether it is still the same is asked together with the bytes (If-Range).
  [
    "stale, with a strong validator",
    "GET",
    {},
    { ...HOUR, ...STRONG },
    3600,
    "complete",
    ["§5.2.2.1", "§4.2.3", "§3.3"],
  ],
  ["stale, without a validator", "GET", {}, HOUR, 3600, "ask partial", ["§5.2.2.1", "§4.2.3", "§3.3"]],
  [
    "not wanted unasked",
    "GET",
    asks("no-cache"),
    { ...HOUR, ...STRONG },
    10,
    "complete",
    ["§5.2.2.1", "§4.2.3", "§5.2.1.4", "§3.3"],
  ],
  [
    "wanted only if it is stored",
    "GET",
    asks("only-if-cached"),
    { ...HOUR, ...STRONG },
    10,
    "refuse",
    ["§5.2.2.1", "§4.2.3", "§3.3", "§5.2.1.7"],
  ],
  ["HEAD needs no bytes", "HEAD", {}, { ...HOUR, ...STRONG }, 10, "reuse", ["§5.2.2.1", "§4.2.3"]],
  ["HEAD, stale", "HEAD", {}, { ...HOUR, ...STRONG }, 3600, "ask stale", ["§5.2.2.1", "§4.2.3"]],
];

for (const [what, method, request, lines, seconds, decision, sections] of PARTS) {
  test(`§3.3 a part, ${what}: ${decision}`, () => {
    const made = decide({ method, fields: fieldsOf(request) }, [kept(lines)], at(seconds), DEFAULT_RULES, () => false);
    deepEqual([inAWord(made), made.because.map((reason) => reason.section)], [decision, sections]);
  });
}

test("whether the bytes suffice is asked of what was chosen", () => {
  const list = [
    kept({ ...HOUR, Vary: "Foo" }, { request: { Foo: "1" } }),
    kept({ ...HOUR, Vary: "Foo" }, { request: { Foo: "2" } }),
  ];
  const looked: unknown[] = [];
  decide({ method: "GET", fields: fieldsOf({ Foo: "2" }) }, list, at(10), DEFAULT_RULES, (one) => looked.push(one) > 0);
  deepEqual(looked, [list[1]]);
});

test("HEAD is answered from what a GET has stored (§4.3.5)", () => {
  const decision = decide({ method: "HEAD", fields: new Fields() }, [kept(HOUR)], at(10), DEFAULT_RULES, () => true);
  equal(inAWord(decision), "reuse");
});

test("who is asked gets to know what fits, and all there is", () => {
  const list = [kept({ Vary: "Foo" }, { request: { Foo: "1" } }), kept({ Vary: "Foo" }, { request: { Foo: "2" } })];
  const ask = (request: Lines): Decision =>
    decide({ method: "GET", fields: fieldsOf(request) }, list, at(10), DEFAULT_RULES, () => true);
  const [second, third] = [ask({ Foo: "2" }), ask({ Foo: "3" })];
  equal(second.do === "ask" && second.chosen?.stored, list[1]);
  deepEqual(second.do === "ask" && second.candidates.map(({ stored }) => stored), list);
  deepEqual(third.do === "ask" && [third.fwd, third.chosen, third.candidates.length], ["vary-miss", undefined, 2]);
});

test("configuration makes fresh what would not be, but unasked uses nothing that must be asked about", () => {
  const rules: Rules = { ...DEFAULT_RULES, lifetimes: [{ pattern: parseUriPattern("*"), ms: 60_000 }] };
  const made = (lines: Lines, circumstances: Circumstances = {}): string =>
    inAWord(decide({ method: "GET", fields: new Fields() }, [kept(lines, circumstances)], at(10), rules, () => true));
  equal(made({}), "reuse");
  equal(made(control("max-age=0")), "reuse");
  equal(made(control("no-cache")), "ask stale");
  equal(made(HOUR, { isInvalid: true }), "ask stale");
});

/** As it is told to people. */
const TOLD: [request: Lines, stored: One, seconds: number, told: string][] = [
  [{}, [HOUR], 3, "fresh for 1 h: max-age=3600 (§5.2.2.1); is 3 s old: Age (§4.2.3)"],
  [{}, [HOUR], 7200, "fresh for 1 h: max-age=3600 (§5.2.2.1); is 2 h old, and so stale: Age (§4.2.3)"],
  [
    asks("max-age=5"),
    [HOUR],
    60,
    "fresh for 1 h: max-age=3600 (§5.2.2.1); is 1 min old: Age (§4.2.3); too old for the request: max-age=5 (§5.2.1.1)",
  ],
  [
    asks("max-stale"),
    [HOUR],
    3660,
    "fresh for 1 h: max-age=3600 (§5.2.2.1); is 1 h old: Age (§4.2.3); stale for 1 min, which the request accepts: max-stale (§5.2.1.2)",
  ],
  [{}, variant("1"), 0, "what is stored answers other requests: Vary: foo (§4.1)"],
  [{}, [control("no-cache")], 0, "may not be used unasked: no-cache (§5.2.2.4)"],
];

for (const [request, [lines, circumstances], seconds, told] of TOLD) {
  test(`it is told: ${told}`, () => {
    const list = [kept(lines, circumstances)];
    const made = decide({ method: "GET", fields: fieldsOf(request) }, list, at(seconds), DEFAULT_RULES, () => true);
    equal(made.because.map(spoken).join("; "), told);
  });
}

/** RFC 9110 §8.8.1, §8.8.2.2: of a response of 0 s. */
const VALIDATORS: [lines: Lines, validator: string | undefined][] = [
  [{ ETag: '"v1"' }, '"v1"'],
  [{ ETag: '""' }, '""'],
  [{ ETag: 'W/"v1"' }, undefined],
  [{ ETag: "v1" }, undefined],
  [{ ETag: '"v1' }, undefined],
  [{ ETag: ['"v1"', '"v2"'] }, undefined],
  [{ "Last-Modified": dateAt(-1) }, dateAt(-1)],
  // It might have changed again within that second.
  [{ "Last-Modified": dateAt(0) }, undefined],
  [{ "Last-Modified": dateAt(1) }, undefined],
  [{ "Last-Modified": "yesterday" }, undefined],
  // A tag that is there says more than a date.
  [{ ETag: 'W/"v1"', "Last-Modified": dateAt(-1) }, undefined],
  [{ ETag: '"v1"', "Last-Modified": dateAt(0) }, '"v1"'],
  [{}, undefined],
];

for (const [lines, validator] of VALIDATORS) {
  test(`the strong validator of ${JSON.stringify(lines)} is ${validator ?? "none"}`, () => {
    equal(strongValidator(fieldsOf(lines), at(0)), validator);
    equal(hasStrongValidator(assessed(lines)), validator !== undefined);
  });
}
