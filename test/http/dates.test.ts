import { equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDate, printDate } from "../../src/http/dates.ts";

const NOW = Date.UTC(2024, 5, 15, 12);
const at = (iso: string): number => Date.parse(iso);

const READ: [text: string, date: number][] = [
  // The RFC's own three.
  ["Sun, 06 Nov 1994 08:49:37 GMT", 784111777000],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 784111777000],
  ["Sun Nov  6 08:49:37 1994", 784111777000],

  ["Sun Nov 06 08:49:37 1994", 784111777000],
  ["Wed Nov 16 08:49:37 1994", at("1994-11-16T08:49:37Z")],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["Thu, 29 Feb 2024 23:59:59 GMT", at("2024-02-29T23:59:59Z")],
  ["Tue, 29 Feb 2000 00:00:00 GMT", at("2000-02-29T00:00:00Z")],
  ["Fri, 31 Dec 9999 23:59:59 GMT", at("9999-12-31T23:59:59Z")],
  ["Sat, 01 Jan 0000 00:00:00 GMT", at("0000-01-01T00:00:00Z")],
  ["Sun, 06 Nov 0094 08:49:37 GMT", at("0094-11-06T08:49:37Z")],
  ["Sat, 31 Dec 2016 23:59:60 GMT", at("2017-01-01T00:00:00Z")],
  // The weekday is wrong, the date is not.
  ["Mon, 06 Nov 1994 08:49:37 GMT", 784111777000],
  // RFC 9111 §4.2: without case.
  ["SUN, 06 nov 1994 08:49:37 gmt", 784111777000],
  // Two digits: no more than fifty years ahead, to the second.
  ["Saturday, 15-Jun-74 12:00:00 GMT", at("2074-06-15T12:00:00Z")],
  ["Saturday, 15-Jun-74 12:00:01 GMT", at("1974-06-15T12:00:01Z")],
  ["Friday, 01-Jan-99 00:00:00 GMT", at("1999-01-01T00:00:00Z")],
  ["Monday, 01-Jan-24 00:00:00 GMT", at("2024-01-01T00:00:00Z")],
  ["Tuesday, 29-Feb-00 00:00:00 GMT", at("2000-02-29T00:00:00Z")],
];

for (const [text, date] of READ) {
  test(`"${text}" is ${new Date(date).toISOString()}`, () => equal(parseDate(text, NOW), date));
}

test("a two-digit year late in a century may be in the next one", () => {
  equal(parseDate("Friday, 01-Jan-10 00:00:00 GMT", at("2090-01-01T00:00:00Z")), at("2110-01-01T00:00:00Z"));
  // 2100 has no such day, so it was the one before.
  equal(parseDate("Tuesday, 29-Feb-00 00:00:00 GMT", at("2090-01-01T00:00:00Z")), at("2000-02-29T00:00:00Z"));
});

const NOT_A_DATE = [
  "",
  "0",
  "yesterday",
  "1994-11-06T08:49:37Z",
  "784111777",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 06 Nov 1994 08:49:37 +0000",
  "Sun, 06 Nov 1994 08:49:37 GMT ",
  " Sun, 06 Nov 1994 08:49:37 GMT",
  "Sun,  06 Nov 1994 08:49:37 GMT",
  "Sun 06 Nov 1994 08:49:37 GMT",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "Sun, 06-Nov-1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 8:49:37 GMT",
  "Sun, 06 Nov 1994 08:49 GMT",
  "Sunday, 06 Nov 1994 08:49:37 GMT",
  "Xyz, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nox 1994 08:49:37 GMT",
  "Sun, 00 Nov 1994 08:49:37 GMT",
  "Sun, 31 Nov 1994 08:49:37 GMT",
  "Sun, 32 Dec 1994 08:49:37 GMT",
  "Wed, 29 Feb 2023 00:00:00 GMT",
  "Thu, 29 Feb 1900 00:00:00 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "Sun, 06 Nov 1994 08:60:00 GMT",
  "Sun, 06 Nov 1994 08:49:61 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06-Nov-94 08:49:37 GMT",
  "Thuday, 06-Nov-94 08:49:37 GMT",
  "Thursday, 29-Feb-01 08:49:37 GMT",
  "Sun Nov 6 08:49:37 1994",
  "Sun Nov  6 08:49:37 1994 GMT",
  "Sun Nov  6 08:49:37 94",
];

for (const text of NOT_A_DATE) {
  test(`"${text}" is no date`, () => equal(parseDate(text, NOW), undefined));
}

const anySecond = fc.integer({ min: at("0000-01-01T00:00:00Z") / 1000, max: at("9999-12-31T23:59:59Z") / 1000 });

test("what is printed is read again", () => {
  fc.assert(fc.property(anySecond, (second) => equal(parseDate(printDate(second * 1000), NOW), second * 1000)));
});

test("parts of a second are cut off, before 1970 too", () => {
  equal(printDate(784111777999), "Sun, 06 Nov 1994 08:49:37 GMT");
  equal(printDate(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
});

test("a date that has no name throws", () => {
  for (const ms of [Number.NaN, Infinity, -Infinity, at("+010000-01-01T00:00:00Z"), at("0000-01-01T00:00:00Z") - 1]) {
    throws(() => printDate(ms), RangeError);
  }
});

test("no text makes it throw, and what it reads is a date that can be printed", () => {
  const dateLike = fc.tuple(anySecond, fc.nat(28), fc.string({ maxLength: 3 })).map(([second, place, junk]) => {
    const text = printDate(second * 1000);
    return text.slice(0, place) + junk + text.slice(place + junk.length);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), dateLike), (text) => {
      const date = parseDate(text, NOW);
      ok(date === undefined || Number.isInteger(date / 1000));
    }),
  );
});
