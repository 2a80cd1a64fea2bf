import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { targetedIn } from "../../src/cache/targeted.ts";
import { Fields } from "../../src/http/fields.ts";

const CDN = ["CDN-Cache-Control"];
const IGNORED = "ignored";

/** RFC 9213 §2.1: of which directives it is made; or that it is as if it were not there. */
const VALUES: [value: string, says: Readonly<Record<string, string | undefined>> | typeof IGNORED][] = [
  ["max-age=60", { "max-age": "60" }],
  ["max-age=60, s-maxage=5", { "max-age": "60", "s-maxage": "5" }],
  ["no-store", { "no-store": undefined }],
  ["no-store=?1", { "no-store": undefined }],
  ["max-age=60, no-store=?0", { "max-age": "60" }],
  ["no-cache", { "no-cache": undefined }],
  ['no-cache="a, b"', { "no-cache": "a, b" }],
  ['private="Set-Cookie"', { private: "Set-Cookie" }],
  ["private=set-cookie", { private: "set-cookie" }],
  ["max-age=0", { "max-age": "0" }],
  ["max-age=-1", { "max-age": "-1" }],
  ["max-age=007", { "max-age": "7" }],
  ["max-age=999999999999999", { "max-age": "999999999999999" }],
  // "Parameters received on cache directives are to be ignored".
  ['max-age=60;a;b="c", public;d=1', { "max-age": "60", public: undefined }],
  // Of a key that is given twice the last counts (RFC 9651 §3.2).
  ["max-age=1, max-age=60", { "max-age": "60" }],
  // What nobody knows is ignored, whatever its type.
  ["none", { none: undefined }],
  ["breakfast=1.5, max-age=60", { breakfast: "1.5", "max-age": "60" }],
  ["breakfast=(a b), max-age=60", { breakfast: undefined, "max-age": "60" }],
  ["breakfast=:aGk=:, max-age=60", { breakfast: undefined, "max-age": "60" }],
  ["x-max-age=1.5, max-age=60", { "x-max-age": "1.5", "max-age": "60" }],
  // "If any arguments are present, they have no meaning and MUST be ignored" (RFC 8246 §2).
  ["max-age=60, immutable=5", { "max-age": "60", immutable: "5" }],
  // "If a targeted field in a given response is empty, or a parsing error is encountered".
  ["", IGNORED],
  ["  ", IGNORED],
  ["max-age=60,", IGNORED],
  ["max-age=60, =", IGNORED],
  ["max-age=60;", IGNORED],
  ["Max-Age=60", IGNORED],
  ["max-age =60", IGNORED],
  ["max-age= 60", IGNORED],
  ["max-age=60 no-store", IGNORED],
  ["max-age='60'", IGNORED],
  ['no-cache="a', IGNORED],
  ["max-age=1000000000000000", IGNORED],
  ["max-age=60, \xe9", IGNORED],
  // "SHOULD NOT consume values that violate these inferred constraints".
  ["max-age", IGNORED],
  ['max-age="60"', IGNORED],
  ["max-age=sixty", IGNORED],
  ["max-age=60.5", IGNORED],
  ["max-age=60.0", IGNORED],
  ["public, s-maxage=60.0", IGNORED],
  ["stale-while-revalidate=?1, max-age=60", IGNORED],
  ["max-age=(60)", IGNORED],
  ["max-age=60, no-store=1", IGNORED],
  ["max-age=60, must-revalidate=yes", IGNORED],
  ["max-age=60, no-cache=1", IGNORED],
  ["max-age=60, private=(a b)", IGNORED],
  ["no-store=?0", IGNORED],
];

for (const [value, says] of VALUES) {
  test(`CDN-Cache-Control: ${value} ${says === IGNORED ? "is ignored" : `says ${Object.keys(says).join(" and ")}`}`, () => {
    const targeted = targetedIn(Fields.of({ "CDN-Cache-Control": value }), CDN);
    if (says === IGNORED) return equal(targeted, undefined);
    equal(targeted?.field, "CDN-Cache-Control");
    for (const [name, argument] of Object.entries(says)) {
      equal(targeted?.directives.has(name), true);
      equal(targeted?.directives.argument(name), argument);
    }
    if (value.includes("=?0")) equal(targeted?.directives.has("no-store"), false);
  });
}

/** §2.2: "the first (in target-list order) field with a valid, non-empty value". */
const CHOICES: [fields: Record<string, string>, targets: readonly string[], field: string | undefined][] = [
  [
    { "CDN-Cache-Control": "a", "Own-Cache-Control": "b" },
    ["Own-Cache-Control", "CDN-Cache-Control"],
    "Own-Cache-Control",
  ],
  [
    { "CDN-Cache-Control": "a", "Own-Cache-Control": "b" },
    ["CDN-Cache-Control", "Own-Cache-Control"],
    "CDN-Cache-Control",
  ],
  [
    { "CDN-Cache-Control": "a", "Own-Cache-Control": "" },
    ["Own-Cache-Control", "CDN-Cache-Control"],
    "CDN-Cache-Control",
  ],
  [
    { "CDN-Cache-Control": "a", "Own-Cache-Control": "b;" },
    ["Own-Cache-Control", "CDN-Cache-Control"],
    "CDN-Cache-Control",
  ],
  [{ "CDN-Cache-Control": "a" }, ["Own-Cache-Control", "CDN-Cache-Control"], "CDN-Cache-Control"],
  [{ "cdn-cache-control": "a" }, ["CDN-Cache-Control"], "CDN-Cache-Control"],
  [{ "CDN-Cache-Control": "a" }, ["Own-Cache-Control"], undefined],
  [{ "CDN-Cache-Control": "a" }, [], undefined],
  [{ "Cache-Control": "a" }, ["CDN-Cache-Control"], undefined],
  [{}, ["CDN-Cache-Control"], undefined],
];

for (const [fields, targets, field] of CHOICES) {
  const listener = `who listens to ${targets.join(", ") || "none"}`;
  test(`of ${JSON.stringify(fields)}, ${listener} hears ${field ?? "nothing"}`, () => {
    equal(targetedIn(Fields.of(fields), targets)?.field, field);
  });
}

test("several lines are one dictionary", () => {
  const fields = Fields.of([
    ["CDN-Cache-Control", "max-age=60"],
    ["CDN-Cache-Control", "no-cache"],
  ]);
  const directives = targetedIn(fields, CDN)?.directives;
  deepEqual([directives?.seconds("max-age"), directives?.isWhole("no-cache")], [60, true]);
});

test("a line that ends in the middle of a string spoils them all", () => {
  const fields = Fields.of([
    ["CDN-Cache-Control", 'no-cache="a'],
    ["CDN-Cache-Control", "max-age=60"],
  ]);
  equal(targetedIn(fields, CDN), undefined);
});

test("no text makes it throw", () => {
  const nonsense = fc
    .array(
      fc.constantFrom("max-age", "no-cache", "=", "?0", "?1", "(", ")", ";", ",", " ", '"', "1", ".", ":", "@", "%"),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(nonsense, fc.string()), (value) => {
      const directives = targetedIn(Fields.of({ "CDN-Cache-Control": value }), CDN)?.directives;
      for (const name of ["no-cache", "private"] as const) directives?.isWhole(name);
      directives?.seconds("max-age");
    }),
  );
});
