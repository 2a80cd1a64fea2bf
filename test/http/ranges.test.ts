import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contentRange, parseRanges, unsatisfied } from "../../src/http/ranges.ts";

const LENGTH = 10_000;

/** Ranges as "first-last first-last". */
const CASES: [value: string | undefined, ranges: string | undefined][] = [
  [undefined, undefined],
  // The RFC's examples (§14.1.2).
  ["bytes=0-499", "0-499"],
  ["bytes=500-999", "500-999"],
  ["bytes=-500", "9500-9999"],
  ["bytes=9500-", "9500-9999"],
  ["bytes=0-0,-1", "0-0 9999-9999"],
  ["bytes= 0-999, 4500-5499, -1000", "0-999 4500-5499 9000-9999"],
  ["bytes=500-600,601-999", "500-999"],
  ["bytes=500-700,601-999", "500-999"],

  ["BYTES=0-1", "0-1"],
  ["bytes=0-", "0-9999"],
  ["bytes=9999-", "9999-9999"],
  ["bytes=0-9999", "0-9999"],
  ["bytes=0-10000", "0-9999"],
  ["bytes=-10000", "0-9999"],
  ["bytes=-10001", "0-9999"],
  ["bytes=007-08", "7-8"],
  ["bytes=0-1 ,\t2000-2001", "0-1 2000-2001"],
  ["bytes=,0-1,,5-6,", "0-1 5-6"],
  ["bytes=0-99999999999999999999999999", "0-9999"],
  ["bytes=-99999999999999999999999999", "0-9999"],
  // As asked for, where they are apart …
  ["bytes=5000-5001,0-1", "5000-5001 0-1"],
  // … and joined in order, where they are not.
  ["bytes=5000-5001,0-10,5-20", "0-20 5000-5001"],
  ["bytes=0-,0-,0-", "0-9999"],
  ["bytes=0-9999,5-6", "0-9999"],
  // What begins beyond the end is left out,
  ["bytes=10000-10001,0-1", "0-1"],
  ["bytes=-0,0-1", "0-1"],
  // and if that is all there is:
  ["bytes=10000-", "unsatisfiable"],
  ["bytes=10000-10001,-0", "unsatisfiable"],
  ["bytes=9007199254740993-", "unsatisfiable"],
  ["bytes=9007199254740992-9007199254740993", "unsatisfiable"],

  // Other units and what is no range do not count.
  ["items=0-1", undefined],
  ["bytes", undefined],
  ["bytes=", undefined],
  ["bytes= ,", undefined],
  ["bytes =0-1", undefined],
  ["0-1", undefined],
  ["bytes=-", undefined],
  ["bytes=--1", undefined],
  ["bytes=1", undefined],
  ["bytes=a-b", undefined],
  ["bytes=0x0-0x1", undefined],
  ["bytes=+0-1", undefined],
  ["bytes=0 - 1", undefined],
  ["bytes=0-1-2", undefined],
  ["bytes=0-1;2-3", undefined],
  ["bytes=1-0", undefined],
  ["bytes=20000-10001", undefined],
  ["bytes=9007199254740993-9007199254740992", undefined],
  // One that is bad spoils all.
  ["bytes=0-1,x", undefined],
  ["bytes=0-1,3-2", undefined],
  ["bytes=0-1, bytes=2-3", undefined],
];

for (const [value, ranges] of CASES) {
  test(`${JSON.stringify(value)} of ${LENGTH} bytes: ${ranges ?? "everything"}`, () => {
    const found = parseRanges(value, LENGTH);
    equal(Array.isArray(found) ? found.map(({ first, last }) => `${first}-${last}`).join(" ") : found, ranges);
  });
}

test("of nothing, everything is sent", () => {
  for (const value of ["bytes=0-", "bytes=-1", "bytes=0-0"]) equal(parseRanges(value, 0), undefined);
});

test("up to 64 ranges are sent, more are taken for an attack", () => {
  const apart = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${3 * i}-${3 * i}`).join()}`;
  equal(parseRanges(apart(64), LENGTH)?.length, 64);
  equal(parseRanges(apart(65), LENGTH), undefined);
  // What overlaps is one, however often it comes.
  deepEqual(parseRanges(`bytes=${"0-,".repeat(2000)}`, LENGTH), [{ first: 0, last: LENGTH - 1 }]);
});

test("Content-Range names what is sent, or how much there is", () => {
  equal(contentRange({ first: 42, last: 1233 }, 1234), "bytes 42-1233/1234");
  equal(unsatisfied(1234), "bytes */1234");
});

const spec = fc.oneof(
  fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.nat(300).map((first) => `${first}-`),
  fc.nat(300).map((suffix) => `-${suffix}`),
);

test("the ranges hold the bytes asked for, each once, and no other", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 300 }), (specs, length) => {
      const wanted = new Set<number>();
      for (const text of specs) {
        const [first, last] = text.split("-") as [string, string];
        const from = first === "" ? length - Math.min(length, Number(last)) : Number(first);
        const to = first === "" || last === "" ? length - 1 : Math.min(length - 1, Number(last));
        for (let byte = from; byte <= to; byte++) wanted.add(byte);
      }
      const ranges = parseRanges(`bytes=${specs.join(", ")}`, length);
      if (wanted.size === 0) return equal(ranges, "unsatisfiable");
      ok(Array.isArray(ranges));
      const sent = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
      deepEqual(
        sent.toSorted((a, b) => a - b),
        [...wanted].toSorted((a, b) => a - b),
      );
    }),
  );
});

test("no text makes it throw, and every range is within", () => {
  const letters = fc
    .array(fc.constantFrom("bytes=", "-", ",", " ", "0", "99", "1e3", "x"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        letters,
        letters.map((text) => `bytes=${text}`),
      ),
      fc.nat(200),
      (text, length) => {
        const ranges = parseRanges(text, length);
        if (!Array.isArray(ranges)) return;
        for (const { first, last } of ranges) ok(0 <= first && first <= last && last < length);
      },
    ),
  );
});

test("a long row of spaces or digits is read in no time", () => {
  const started = performance.now();
  parseRanges(`bytes=0-1${" ".repeat(60_000)}x`, LENGTH);
  parseRanges(`bytes=${" ".repeat(60_000)}x`, LENGTH);
  parseRanges(`bytes=${"9".repeat(30_000)}-${"8".repeat(30_000)}`, LENGTH);
  ok(performance.now() - started < 500);
});
