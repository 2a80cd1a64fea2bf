import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { corrected, gaps, type PlacedRange, placedRange, sizeHere } from "../../src/cache/gaps.ts";
import type { ByteRange } from "../../src/http/ranges.ts";

/** "2-4 7" as ranges. */
const ranges = (text: string): ByteRange[] =>
  text
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return { first: first!, last: last! };
    });

const GAPS: [wanted: string, here: string, missing: string][] = [
  ["0-9", "", "0-9"],
  ["0-9", "0-9", ""],
  ["0-9", "2-4", "0-1 5-9"],
  ["0-9", "0-4", "5-9"],
  ["0-9", "5-9", "0-4"],
  ["0-9", "0-1 4-5 9", "2-3 6-8"],
  ["3-6", "0-9", ""],
  ["3-6", "0-3 6-9", "4-5"],
  ["3-6", "0-2 7-9", "3-6"],
  ["3-6", "4", "3 5-6"],
  ["3-6", "0-1 9", "3-6"],
  ["5", "5", ""],
  ["5", "0-4 6-9", "5"],
  ["0-9", "2-4 3-6", "0-1 7-9"],
];

for (const [wanted, here, missing] of GAPS) {
  test(`of ${wanted}, where ${here || "nothing"} is here, ${missing || "nothing"} is missing`, () => {
    deepEqual(gaps(ranges(wanted)[0]!, ranges(here)), ranges(missing));
  });
}

test("byte by byte it comes to the same", () => {
  const position = fc.nat(40);
  const bits = fc.array(fc.boolean(), { maxLength: 40 });
  fc.assert(
    fc.property(position, position, bits, (a, b, isHere) => {
      const wanted = { first: Math.min(a, b), last: Math.max(a, b) };
      const missing = gaps(wanted, runs(isHere));
      const isMissing = Array.from({ length: 41 }, (_, i) =>
        missing.some(({ first, last }) => first <= i && i <= last),
      );
      for (const [i, is] of isMissing.entries()) equal(is, i >= wanted.first && i <= wanted.last && isHere[i] !== true);
      // In ascending order, none empty, none touching another.
      for (const [i, { first, last }] of missing.entries())
        ok(first <= last && (i === 0 || missing[i - 1]!.last + 1 < first));
    }),
  );
});

/** The stretches of what is true. */
function runs(bits: readonly boolean[]): ByteRange[] {
  const found: { first: number; last: number }[] = [];
  for (const [i, is] of bits.entries()) {
    if (!is) continue;
    const before = found.at(-1);
    if (before?.last === i - 1) before.last = i;
    else found.push({ first: i, last: i });
  }
  return found;
}

const PLACED: [value: string | undefined, placed: [first: number, last: number, length: number] | undefined][] = [
  ["bytes 4-9/10", [4, 9, 10]],
  ["bytes 0-0/1", [0, 0, 1]],
  ["Bytes 0-4/10", [0, 4, 10]],
  ["bytes 000-004/0010", [0, 4, 10]],
  ["bytes 0-999999999999998/999999999999999", [0, 999999999999998, 999999999999999]],
  // It does not say where in what the bytes belong.
  [undefined, undefined],
  ["", undefined],
  ["bytes 4-9/*", undefined],
  ["bytes */10", undefined],
  ["lines 4-9/10", undefined],
  ["4-9/10", undefined],
  ["bytes=4-9/10", undefined],
  ["bytes 4-9", undefined],
  ["bytes  4-9/10", undefined],
  ["bytes 4-9/10 ", undefined],
  ["bytes 4-9/10, bytes 0-1/10", undefined],
  ["bytes -4-9/10", undefined],
  ["bytes 4.0-9/10", undefined],
  ["bytes 0-1/9999999999999999", undefined],
  // "A Content-Range field value is invalid if …" (RFC 9110 §14.4).
  ["bytes 9-4/10", undefined],
  ["bytes 4-10/10", undefined],
  ["bytes 0-0/0", undefined],
];

for (const [value, placed] of PLACED) {
  test(`Content-Range: ${value} ${placed === undefined ? "says nothing" : `places ${placed[1] - placed[0] + 1} bytes`}`, () => {
    const [first, last, length] = placed ?? [];
    deepEqual(placedRange(value), placed && { first, last, length });
  });
}

/** What was claimed, how many bytes came; and what is known then. */
const CORRECTED: [claimed: string, size: number, known: string][] = [
  ["4-9/20", 6, "4-9/20"],
  ["4-9/10", 6, "4-9/10"],
  // Fewer came.
  ["4-9/20", 5, "4-8/20"],
  ["4-9/10", 5, "4-8/9"],
  ["0-99/100", 1, "0-0/1"],
  // More came.
  ["4-9/20", 10, "4-13/20"],
  ["4-9/20", 20, "4-23/24"],
  ["4-9/10", 7, "4-10/11"],
];

const placing = (text: string): PlacedRange => placedRange(`bytes ${text}`)!;

for (const [claimed, size, known] of CORRECTED) {
  test(`${claimed} in ${size} bytes is ${known}`, () => deepEqual(corrected(placing(claimed), size), placing(known)));
}

test("whatever was claimed, as many bytes as came are placed, from the first on, within the whole", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 100 }), (first, more, beyond, size) => {
      const found = corrected({ first, last: first + more, length: first + more + 1 + beyond }, size);
      deepEqual([found.first, found.last - found.first + 1], [first, size]);
      ok(found.last < found.length);
    }),
  );
});

const HERE: [length: number, here: string | undefined, bytes: number][] = [
  [100, undefined, 100],
  [100, "0-9", 10],
  [100, "0-9 50", 11],
  [100, "", 0],
  [0, undefined, 0],
];

for (const [length, here, bytes] of HERE) {
  test(`of ${length} bytes ${here === undefined ? "all are" : `${JSON.stringify(here)} is`} here: ${bytes}`, () => {
    equal(sizeHere({ length, ranges: here === undefined ? undefined : ranges(here) }), bytes);
  });
}
