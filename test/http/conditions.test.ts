import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mayServeRange, precondition, type Validators, type Verdict } from "../../src/http/conditions.ts";
import { Fields } from "../../src/http/fields.ts";

const MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";
const NOW = Date.parse(MODIFIED) + 60_000;

/** Changed within a second, as files are. */
const V2: Validators = { etag: '"v2"', lastModified: Date.parse(MODIFIED) + 678 };
const WEAK: Validators = { etag: 'W/"v2"', lastModified: Date.parse(MODIFIED) };
const NOTHING = undefined;
const BARE: Validators = {};

const CASES: [method: string, fields: Record<string, string>, current: Validators | undefined, verdict: Verdict][] = [
  ["GET", {}, V2, "go on"],
  ["GET", {}, NOTHING, "go on"],
  ["GET", { "Range": "bytes=0-", "If-Range": '"v1"' }, V2, "go on"],

  ["GET", { "If-None-Match": '"v2"' }, V2, "not modified"],
  ["HEAD", { "If-None-Match": '"v2"' }, V2, "not modified"],
  ["GET", { "If-None-Match": 'W/"v2"' }, V2, "not modified"],
  ["GET", { "If-None-Match": '"v2"' }, WEAK, "not modified"],
  ["GET", { "If-None-Match": '"v1", "v2"' }, V2, "not modified"],
  ["GET", { "if-none-match": '"v1,v2"' }, V2, "go on"],
  ["GET", { "If-None-Match": '"v1"' }, V2, "go on"],
  ["GET", { "If-None-Match": '"v2"' }, BARE, "go on"],
  ["GET", { "If-None-Match": "*" }, V2, "not modified"],
  ["GET", { "If-None-Match": "*" }, BARE, "not modified"],
  ["GET", { "If-None-Match": "*" }, NOTHING, "go on"],
  ["PUT", { "If-None-Match": "*" }, V2, "precondition failed"],
  ["PUT", { "If-None-Match": "*" }, NOTHING, "go on"],
  ["PUT", { "If-None-Match": '"v2"' }, V2, "precondition failed"],
  ["PUT", { "If-None-Match": '"v2"' }, NOTHING, "go on"],
  // Not a list of tags: the reader gets everything, the writer changes nothing.
  ["GET", { "If-None-Match": "v2" }, V2, "go on"],
  ["PUT", { "If-None-Match": "v2" }, V2, "precondition failed"],

  ["PUT", { "If-Match": '"v2"' }, V2, "go on"],
  ["GET", { "If-Match": '"v2"' }, V2, "go on"],
  ["PUT", { "If-Match": '"v1", "v2"' }, V2, "go on"],
  ["PUT", { "If-Match": 'W/"v2"' }, V2, "precondition failed"],
  ["PUT", { "If-Match": 'W/"v2"' }, WEAK, "precondition failed"],
  ["PUT", { "If-Match": '"v1"' }, V2, "precondition failed"],
  ["GET", { "If-Match": '"v1"' }, V2, "precondition failed"],
  ["PUT", { "If-Match": '"v2"' }, NOTHING, "precondition failed"],
  ["PUT", { "If-Match": "*" }, V2, "go on"],
  ["PUT", { "If-Match": "*" }, BARE, "go on"],
  ["PUT", { "If-Match": "*" }, NOTHING, "precondition failed"],
  ["PUT", { "If-Match": "v2" }, V2, "precondition failed"],

  ["GET", { "If-Modified-Since": MODIFIED }, V2, "not modified"],
  ["HEAD", { "If-Modified-Since": MODIFIED }, V2, "not modified"],
  ["GET", { "If-Modified-Since": AFTER }, V2, "not modified"],
  ["GET", { "If-Modified-Since": BEFORE }, V2, "go on"],
  ["GET", { "If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT" }, V2, "not modified"],
  ["GET", { "If-Modified-Since": "Sun Nov  6 08:49:37 1994" }, V2, "not modified"],
  ["GET", { "If-Modified-Since": "yesterday" }, V2, "go on"],
  ["GET", { "If-Modified-Since": MODIFIED }, BARE, "go on"],
  ["GET", { "If-Modified-Since": MODIFIED }, NOTHING, "go on"],
  ["POST", { "If-Modified-Since": MODIFIED }, V2, "go on"],

  ["PUT", { "If-Unmodified-Since": MODIFIED }, V2, "go on"],
  ["PUT", { "If-Unmodified-Since": AFTER }, V2, "go on"],
  ["PUT", { "If-Unmodified-Since": BEFORE }, V2, "precondition failed"],
  ["GET", { "If-Unmodified-Since": BEFORE }, V2, "precondition failed"],
  ["PUT", { "If-Unmodified-Since": "yesterday" }, V2, "go on"],
  ["PUT", { "If-Unmodified-Since": BEFORE }, BARE, "go on"],

  // A tag outranks a date, so the date is not even looked at.
  ["GET", { "If-None-Match": '"v1"', "If-Modified-Since": MODIFIED }, V2, "go on"],
  ["GET", { "If-None-Match": '"v2"', "If-Modified-Since": BEFORE }, V2, "not modified"],
  ["GET", { "If-None-Match": "v2", "If-Modified-Since": MODIFIED }, V2, "go on"],
  ["PUT", { "If-Match": '"v2"', "If-Unmodified-Since": BEFORE }, V2, "go on"],
  ["PUT", { "If-Match": '"v1"', "If-Unmodified-Since": AFTER }, V2, "precondition failed"],
  // "Lost update" comes before "nothing new".
  ["GET", { "If-Match": '"v1"', "If-None-Match": '"v2"' }, V2, "precondition failed"],
  ["GET", { "If-Match": '"v2"', "If-None-Match": '"v2"' }, V2, "not modified"],
  ["GET", { "If-Unmodified-Since": BEFORE, "If-Modified-Since": MODIFIED }, V2, "precondition failed"],
  ["GET", { "If-Unmodified-Since": MODIFIED, "If-Modified-Since": MODIFIED }, V2, "not modified"],

  // Nothing is selected, so nothing is compared (§13.2.1).
  ["OPTIONS", { "If-Match": '"v1"' }, V2, "go on"],
  ["TRACE", { "If-None-Match": "*" }, V2, "go on"],
  ["CONNECT", { "If-Match": "*" }, NOTHING, "go on"],
];

const name = (current: Validators | undefined): string =>
  current === NOTHING ? "nothing" : current === BARE ? "something" : current.etag!;

for (const [method, fields, current, verdict] of CASES) {
  test(`${method} ${JSON.stringify(fields)} where there is ${name(current)}: ${verdict}`, () => {
    equal(precondition(method, Fields.of(fields), current, NOW), verdict);
  });
}

test("tags on several lines are one list", () => {
  const fields = Fields.of([
    ["If-None-Match", '"v1"'],
    ["Accept", "*/*"],
    ["IF-NONE-MATCH", '"v2"'],
  ]);
  equal(precondition("GET", fields, V2, NOW), "not modified");
});

test("dates on several lines are no date", () => {
  const fields = Fields.of([
    ["If-Modified-Since", MODIFIED],
    ["If-Modified-Since", MODIFIED],
  ]);
  equal(precondition("GET", fields, V2, NOW), "go on");
});

const RANGES: [ifRange: string | undefined, current: Validators, now: number, may: boolean][] = [
  [undefined, V2, NOW, true],
  [undefined, BARE, NOW, true],
  ['"v2"', V2, NOW, true],
  ['"v1"', V2, NOW, false],
  ['W/"v2"', V2, NOW, false],
  ['W/"v2"', WEAK, NOW, false],
  ['"v2"', WEAK, NOW, false],
  ['"v2"', BARE, NOW, false],
  // One tag, not a list; and not "any".
  ['"v1", "v2"', V2, NOW, false],
  ["*", V2, NOW, false],
  ["v2", V2, NOW, false],
  ["", V2, NOW, false],
  [MODIFIED, V2, NOW, true],
  ["Sun Nov  6 08:49:37 1994", V2, NOW, true],
  // To the second, not "at least".
  [BEFORE, V2, NOW, false],
  [AFTER, V2, NOW, false],
  [MODIFIED, BARE, NOW, false],
  // While its second lasts, the date is a weak validator.
  [MODIFIED, V2, Date.parse(MODIFIED) + 999, false],
  [MODIFIED, V2, Date.parse(MODIFIED) + 1000, true],
];

for (const [ifRange, current, now, may] of RANGES) {
  const since = now - Date.parse(MODIFIED);
  test(`If-Range: ${ifRange} for ${name(current)}, ${since} ms old: ${may ? "the range" : "everything"}`, () => {
    equal(mayServeRange(Fields.of({ "If-Range": ifRange }), current, now), may);
  });
}

test("no field value makes them throw", () => {
  const names = ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.string())), (lines) => {
      precondition("GET", Fields.of(lines), V2, NOW);
      mayServeRange(Fields.of(lines), V2, NOW);
    }),
  );
});
