import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Directives, deltaSeconds, NO_DIRECTIVES, parseDirectives } from "../../src/cache/directives.ts";

const ARGUMENTS: [value: string, name: string, isThere: boolean, argument?: string][] = [
  ["no-store", "no-store", true],
  ["No-STORE", "no-store", true],
  ["no-store", "no-cache", false],
  ["", "no-store", false],
  [", ,no-store,", "no-store", true],
  ["max-age=60", "max-age", true, "60"],
  ["a, Max-Age=60 , b", "max-age", true, "60"],
  ["max-age=60", "s-maxage", false],
  ["max-age=", "max-age", true, ""],
  // "recipients ought to accept both forms" (§5.2).
  ['max-age="60"', "max-age", true, "60"],
  ['max-age="6\\0"', "max-age", true, "60"],
  ['no-cache="set-cookie, foo"', "no-cache", true, "set-cookie, foo"],
  ["no-cache=foo", "no-cache", true, "foo"],
  // The names are whole.
  ["xno-store", "no-store", false],
  ["no-storex", "no-store", false],
  ["x-max-age=5", "max-age", false],
  // What is within quotes is none.
  ['foo="no-store"', "no-store", false],
  ['foo=", no-store, "', "no-store", false],
  ['"no-store"', "no-store", false],
  // But a quote that does not end hides nothing.
  ['foo="bar, no-store', "no-store", true],
  // Of two the first counts (§4.2.1).
  ["max-age=1, max-age=2", "max-age", true, "1"],
  ["max-age=1, MAX-AGE=2", "max-age", true, "1"],
  ["s-maxage, s-maxage=2", "s-maxage", true],
  ["__proto__=1", "__proto__", true, "1"],
  ["a", "toString", false],
];

for (const [value, name, isThere, argument] of ARGUMENTS) {
  const says = argument === undefined ? "" : `, and says "${argument}"`;
  test(`${name} in "${value}": ${isThere ? `is there${says}` : "is not there"}`, () => {
    const directives = parseDirectives(value);
    equal(directives.has(name), isThere);
    equal(directives.argument(name), argument);
  });
}

/** §1.2.2, §4.2.1. */
const SECONDS: [value: string, seconds: number | undefined][] = [
  ["max-age=0", 0],
  ["max-age=60", 60],
  ["max-age=0060", 60],
  ['max-age="60"', 60],
  ["MAX-AGE=60", 60],
  ["foo=1, max-age=60", 60],
  ["max-age=60, max-age=5", 60],
  ["max-age=x, max-age=5", Number.NaN],
  // 2^31 stands for all that is more.
  ["max-age=2147483647", 2147483647],
  ["max-age=2147483648", 2147483648],
  ["max-age=2147483649", 2147483648],
  ["max-age=4294967296", 2147483648],
  ["max-age=99999999999999999999", 2147483648],
  [`max-age=${"9".repeat(400)}`, 2147483648],
  // No number of seconds.
  ["max-age", Number.NaN],
  ["max-age=", Number.NaN],
  ['max-age=""', Number.NaN],
  ["max-age=-1", Number.NaN],
  ["max-age=+1", Number.NaN],
  ["max-age=1.0", Number.NaN],
  ["max-age=1e3", Number.NaN],
  ["max-age=0x10", Number.NaN],
  ["max-age=60s", Number.NaN],
  ["max-age=60;foo", Number.NaN],
  ["max-age=a60", Number.NaN],
  ["max-age='60'", Number.NaN],
  ['max-age="60', Number.NaN],
  ['max-age=60"', Number.NaN],
  ['max-age=" 60"', Number.NaN],
  ["max-age =60", Number.NaN],
  ["max-age= 60", Number.NaN],
  ["max-age 60", Number.NaN],
  ["max-age=60 5", Number.NaN],
  ["max-age=\xb2", Number.NaN],
  // None.
  ["", undefined],
  ["no-store", undefined],
  ['"max-age=60"', undefined],
  ["=60", undefined],
  ["max-age2=60", undefined],
];

for (const [value, seconds] of SECONDS) {
  const what = Number.isNaN(seconds) ? "something else than seconds" : `${seconds} s`;
  test(`"${value.slice(0, 40)}" says ${seconds === undefined ? "nothing about max-age" : what}`, () => {
    equal(parseDirectives(value).seconds("max-age"), seconds);
  });
}

/** §5.2.2.4, §5.2.2.7: what a qualified directive is limited to; "all" where it is about the whole response. */
const LIMITED: [value: string, names: readonly string[] | "all"][] = [
  ["private", "all"],
  ['private="Set-Cookie"', ["set-cookie"]],
  ['private="set-cookie, X-A"', ["set-cookie", "x-a"]],
  ['private=" a ,\tb,, c "', ["a", "b", "c"]],
  ["private=set-cookie", ["set-cookie"]],
  ["PRIVATE=Set-Cookie", ["set-cookie"]],
  // It names none, or nobody can tell which: so it is about all.
  ['private=""', "all"],
  ['private=" , "', "all"],
  ["private=", "all"],
  ['private="set-cookie', "all"],
  ['private ="set-cookie"', "all"],
  ["private foo", "all"],
  ['private="a;b"', "all"],
  ["private='a'", ["'a'"]],
  ['private="\xe9"', "all"],
  // "If directives conflict …, the most restrictive directive should be honored" (§4.2.1).
  ['private="a", private="b"', ["a", "b"]],
  ['private="a", private', "all"],
  ['private, private="a"', "all"],
  ['private="a", private=""', "all"],
  ['private="a", foo, private="b', "all"],
  // To forget these would be to forget what they forbid.
  ['private="cache-control"', "all"],
  ['private="a, Cache-Control"', "all"],
  ['private="cdn-cache-control"', "all"],
  ['private="vary"', "all"],
  ['private="expires"', "all"],
  ['private="date, etag, content-type"', ["date", "etag", "content-type"]],
];

for (const [value, names] of LIMITED) {
  for (const name of ["private", "no-cache"] as const) {
    const given = value.replaceAll(/private/gi, (word) => (word === "private" ? name : name.toUpperCase()));
    test(`${given} is about ${names === "all" ? "all of it" : names.join(" and ")}`, () => {
      const directives = parseDirectives(given);
      deepEqual(directives.fieldNames(name) ?? "all", names);
      equal(directives.isWhole(name), names === "all");
    });
  }
}

test("what is not there is about nothing", () => {
  equal(parseDirectives("max-age=5").isWhole("private"), false);
  equal(parseDirectives("max-age=5").fieldNames("private"), undefined);
});

test("without the field there are no directives", () => {
  equal(parseDirectives(undefined), NO_DIRECTIVES);
  equal(NO_DIRECTIVES.isEmpty, true);
  equal(parseDirectives("").isEmpty, true);
  equal(parseDirectives(", =, (").isEmpty, true);
  equal(parseDirectives("a").isEmpty, false);
  equal(new Directives().isEmpty, true);
});

test("a number of seconds is digits alone", () => {
  equal(deltaSeconds(undefined), undefined);
  equal(deltaSeconds(""), undefined);
  equal(deltaSeconds("12"), 12);
  equal(deltaSeconds("12\n"), undefined);
  equal(deltaSeconds("١٢"), undefined);
});

const nonsense = fc
  .array(
    fc.constantFrom("no-cache", "private", "max-age", "=", '"', "\\", ",", " ", ";", "0", "9", "-", "a", "\xff", "\t"),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

test("no text makes it throw, and seconds are a number in range", () => {
  fc.assert(
    fc.property(fc.oneof(nonsense, fc.string()), (value) => {
      const directives = parseDirectives(value);
      for (const name of ["max-age", "private", "no-cache", "a"]) {
        const seconds = directives.seconds(name);
        equal(seconds === undefined, !directives.has(name));
        ok(seconds === undefined || Number.isNaN(seconds) || (seconds >= 0 && seconds <= 2 ** 31));
      }
      for (const name of ["private", "no-cache"] as const) {
        equal(directives.has(name), directives.isWhole(name) || directives.fieldNames(name) !== undefined);
      }
    }),
  );
});

test("what is well formed is found as it was said, in whichever case and order", () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(token, fc.option(fc.string({ unit: "binary-ascii" }))), { selector: ([name]) => name }),
      (given) => {
        const lines = given.map(([name, argument]) =>
          argument === null ? name.toUpperCase() : `${name}="${argument.replace(/["\\]/g, "\\$&")}"`,
        );
        for (const value of [lines.join(", "), lines.toReversed().join("\t,,")]) {
          const directives = parseDirectives(value);
          for (const [name, argument] of given) {
            equal(directives.has(name), true);
            if (name !== "no-cache" && name !== "private") equal(directives.argument(name) ?? null, argument);
          }
        }
      },
    ),
  );
});
