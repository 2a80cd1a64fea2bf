import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { ByteRange } from "../../src/http/ranges.ts";
import { addSpan, areWhole, joinRange, parseSpans, printSpans, type Span } from "../../src/stores/disk-spans.ts";
import { contentOf } from "./contract.ts";

const WHOLE = contentOf(1, 100);
const span = (first: number, last: number): Span => ({ first, last, crc: crc32(WHOLE.subarray(first, last + 1)) });
/** "0-9 20-29". */
const spansOf = (text: string): Span[] =>
  text.split(" ").flatMap((one) => {
    const [first, last] = one.split("-").map(Number);
    return last === undefined ? [] : [span(first!, last)];
  });

const ADDED: [spans: string, added: string, joined: string | undefined][] = [
  ["", "0-9", "0-9"],
  ["20-29", "0-9", "0-9 20-29"],
  ["20-29", "0-18", "0-18 20-29"],
  ["20-29", "0-19", "0-29"],
  ["20-29", "30-39", "20-39"],
  ["20-29", "31-39", "20-29 31-39"],
  ["0-9 20-29", "10-19", "0-29"],
  ["0-9 20-29", "11-19", "0-9 11-29"],
  ["0-9 20-29", "10-18", "0-18 20-29"],
  ["0-9 20-29 40-49", "30-39", "0-9 20-49"],
  ["20-29", "25-25", undefined],
  ["20-29", "0-20", undefined],
  ["20-29", "29-40", undefined],
  ["20-29", "0-99", undefined],
  ["0-9 20-29", "15-20", undefined],
];

for (const [spans, added, joined] of ADDED) {
  test(`${added} and ${spans || "nothing"}: ${joined ?? "bytes would come twice"}`, () => {
    deepEqual(addSpan(spansOf(spans), spansOf(added)[0]!), joined === undefined ? undefined : spansOf(joined));
  });
}

test("single bytes in any order become the whole, with its checksum", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...WHOLE.keys()], { minLength: 100 }), (order) => {
      let spans: Span[] = [];
      for (const at of order) {
        equal(areWhole(spans, 100), false);
        spans = addSpan(spans, span(at, at))!;
      }
      deepEqual(spans, [span(0, 99)]);
      equal(areWhole(spans, 100), true);
    }),
    { numRuns: 20 },
  );
});

test("ranges that overlap or touch become one", () => {
  const RANGE = fc.tuple(fc.nat(50), fc.nat(10)).map(([first, more]) => ({ first, last: first + more }));
  fc.assert(
    fc.property(fc.array(RANGE, { maxLength: 10 }), (all) => {
      let ranges: ByteRange[] = [];
      const model = new Set<number>();
      for (const range of all) {
        ranges = joinRange(ranges, range);
        for (let at = range.first; at <= range.last; at++) model.add(at);
      }
      const covered = ranges.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      deepEqual(
        covered.toSorted((a, b) => a - b),
        [...model].toSorted((a, b) => a - b),
      );
      const sorted = ranges.toSorted((a, b) => a.first - b.first);
      for (const [i, { first }] of sorted.entries()) if (i > 0) equal(first > sorted[i - 1]!.last + 1, true);
    }),
  );
});

test("of nothing, nothing is the whole", () => {
  equal(areWhole([], 0), true);
  equal(areWhole([], 1), false);
  equal(areWhole([span(0, 8)], 10), false);
  equal(areWhole([span(1, 9)], 10), false);
});

test("what is printed is parsed, and what is not ours is not", () => {
  for (const text of ["", "0-99", "0-9 20-29 90-99"])
    deepEqual(parseSpans(printSpans(spansOf(text)), 100), spansOf(text));
  for (const text of ["", "{}", "1", "null", "[1]", "[[0]]", "[[0,9]]", "[[0,9,1,1]]", '[["0",9,1]]', "[[-1,9,1]]"]) {
    equal(parseSpans(text, 100), undefined, text);
  }
  for (const text of ["[[0,100,1]]", "[[9,0,1]]", "[[0,9,1],[10,19,1]]", "[[20,29,1],[0,9,1]]", "[[0,9.5,1]]"]) {
    equal(parseSpans(text, 100), undefined, text);
  }
});
