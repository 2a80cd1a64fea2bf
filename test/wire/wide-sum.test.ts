import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sumInScript } from "../../src/wire/checksum.ts";
import { wideSum } from "../../src/wire/wide-sum.ts";

/** Modulo 2¹⁶ − 1, where 0 and 0xffff are told apart by whether anything was added. */
const folded = (total: number): number => (total === 0 ? 0 : total % 0xffff || 0xffff);

test("it sums as the script does, wherever it begins", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(40), (bytes, from) => {
      const start = Math.min(from, bytes.length);
      const end = start + ((bytes.length - start) & ~15);
      equal(folded(wideSum(bytes, start, bytes.length)!), folded(sumInScript(bytes, start, end)));
    }),
  );
});

const LONG: [what: string, length: number, fill: (i: number) => number][] = [
  ["more than a block", 20_000, (i) => i * 7],
  ["the largest packet there is", 65_535, (i) => i * 31 + (i >> 8)],
  ["all ones, which no lane may overflow with", 65_536, () => 0xff],
  ["nothing but zeros", 65_536, () => 0],
  ["many blocks", 300_000, (i) => i >> 3],
];

for (const [what, length, fill] of LONG) {
  test(`it sums ${what}`, () => {
    const bytes = Uint8Array.from({ length }, (_, i) => fill(i));
    equal(folded(wideSum(bytes, 0, length)!), folded(sumInScript(bytes, 0, length & ~15)));
  });
}

test("what is less than sixteen bytes is left to the caller", () => {
  equal(wideSum(Uint8Array.of(1, 2, 3), 0, 3), 0);
});
