import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { bitRate } from "../../src/base/bit-rate.ts";

const RATES: [rate: number | string, bits: number][] = [
  ["300bit", 300],
  ["64kbit", 64_000],
  ["10Mbit", 10_000_000],
  ["1.5Gbit", 1_500_000_000],
  ["0.001Tbit", 1_000_000_000],
  [9600, 9600],
  [0.5, 0.5],
  [Infinity, Infinity],
];

for (const [rate, bits] of RATES) test(`${rate} is ${bits} bits per second`, () => equal(bitRate(rate, "rate"), bits));

// Capitals count: a millibit is not a megabit, and a byte is not a bit.
for (const rate of ["10", "", "bit", "10 Mbit", "10mbit", "10MBit", "10Mbps", "10MB", "0Mbit", "-1Mbit", 0, -1, NaN]) {
  test(`"${rate}" is no rate, and who says so is told`, () => {
    throws(() => bitRate(rate, "rate of the cable"), {
      name: "RangeError",
      message: `Cannot use the rate of the cable "${rate}": it is not a rate like 64kbit, 10Mbit or 1Gbit`,
    });
  });
}
