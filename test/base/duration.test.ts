import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, parseDuration } from "../../src/base/duration.ts";

const TIMES: [text: string, ms: number | undefined][] = [
  ["250us", 0.25],
  ["0ms", 0],
  ["30ms", 30],
  ["0.125ms", 0.125],
  ["1s", 1000],
  ["1.5s", 1500],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["7d", 604_800_000],
  // A number alone is seconds to some and milliseconds to others.
  ["30", undefined],
  ["", undefined],
  ["ms", undefined],
  [".5s", undefined],
  ["1.s", undefined],
  ["-1s", undefined],
  ["+1s", undefined],
  ["1e3s", undefined],
  ["1 s", undefined],
  [" 1s", undefined],
  ["1s ", undefined],
  ["1S", undefined],
  ["1sec", undefined],
  ["1m30s", undefined],
  ["1234567890s", undefined],
  ["1toString", undefined],
];

for (const [text, ms] of TIMES) {
  test(`"${text}" is ${ms === undefined ? "no time" : `${ms} ms`}`, () => equal(parseDuration(text), ms));
}

test("a number is milliseconds already, and may be endless", () => {
  equal(milliseconds(0, "delay"), 0);
  equal(milliseconds(1.5, "delay"), 1.5);
  equal(milliseconds(Infinity, "delay"), Infinity);
  equal(milliseconds("1.5s", "delay"), 1500);
});

test("whoever says something else is told what for", () => {
  for (const time of ["30", "soon", -1, NaN]) {
    throws(() => milliseconds(time, "jitter"), {
      name: "RangeError",
      message: `Cannot use the jitter "${time}": it is not a time like 500ms, 1.5s or 2m`,
    });
  }
});
