import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { distance, isBefore, isUpTo, latest, plus } from "../../src/tcp/sequence.ts";

const HALF = 2 ** 31;
const TOP = 2 ** 32 - 1;

const CASES: [a: number, b: number, distance: number][] = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, -1],
  [TOP, 0, 1],
  [0, TOP, -1],
  [TOP - 9, 10, 20],
  [0, HALF - 1, HALF - 1],
  [HALF, HALF + 1, 1],
  [HALF - 1, HALF, 1],
  [0x7fff_ffff, 0x8000_0000, 1],
];

for (const [a, b, expected] of CASES) {
  test(`from ${a} to ${b} it is ${expected}`, () => {
    equal(distance(a, b), expected);
    equal(isBefore(a, b), expected > 0);
    equal(isUpTo(a, b), expected >= 0);
    equal(latest(a, b), expected > 0 ? b : a);
  });
}

test("however far it is, less than half the circle, it is so far back and forth, and the numbers stay within 32 bits", () => {
  fc.assert(
    fc.property(fc.nat(TOP), fc.integer({ min: 1 - HALF, max: HALF - 1 }), (a, n) => {
      const b = plus(a, n);
      equal(b, Number((BigInt(a) + BigInt(n)) & 0xffff_ffffn));
      equal(distance(a, b), n);
      equal(plus(b, -n), a);
      equal(isBefore(a, b), n > 0);
      equal(isUpTo(a, b), n >= 0);
    }),
  );
});
