import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Fields } from "../../src/http/fields.ts";
import { maxForwards } from "../../src/http/max-forwards.ts";

const CASES: [method: string, value: string | undefined, left: number | undefined][] = [
  ["TRACE", "0", 0],
  ["OPTIONS", "0", 0],
  ["TRACE", "1", 1],
  ["OPTIONS", "10", 10],
  ["TRACE", "007", 7],
  ["TRACE", "0000", 0],
  ["TRACE", "99999999999999999999", 2147483647],
  ["TRACE", "9".repeat(5000), 2147483647],
  ["GET", "0", undefined],
  ["trace", "0", undefined],
  ["TRACE", undefined, undefined],
  ["TRACE", "", undefined],
  ["TRACE", "-1", undefined],
  ["TRACE", "+1", undefined],
  ["TRACE", "1.5", undefined],
  ["TRACE", "1e3", undefined],
  ["TRACE", "0x1", undefined],
  ["TRACE", "1, 2", undefined],
  ["TRACE", "٣", undefined],
];

for (const [method, value, left] of CASES) {
  test(`${method} with Max-Forwards ${value?.slice(0, 30)} may be passed on ${left ?? "without a limit"}`, () => {
    equal(maxForwards(method, Fields.of({ "Max-Forwards": value })), left);
  });
}
