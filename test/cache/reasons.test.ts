import { equal } from "node:assert/strict";
import { test } from "node:test";
import { type Reason, spoken, spokenTime } from "../../src/cache/reasons.ts";

const TIMES: [ms: number, spoken: string][] = [
  [0, "0 s"],
  [999, "0 s"],
  [1000, "1 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [90_000, "1.5 min"],
  [100_000, "1.7 min"],
  [3_600_000, "1 h"],
  [10_800_000, "3 h"],
  [86_400_000, "1 d"],
  [31_536_000_000, "365 d"],
  [-1000, "-1 s"],
  [-90_000, "-1.5 min"],
  // Less than a second late is not late.
  [-500, "0 s"],
  [-0, "0 s"],
];

for (const [ms, text] of TIMES) test(`${ms} ms is ${text}`, () => equal(spokenTime(ms), text));

const REASONS: [reason: Reason, spoken: string][] = [
  [{ rule: "only final answers are kept", section: "§3" }, "only final answers are kept (§3)"],
  [{ rule: "is 3 s old", section: "§4.2.3", field: "Age" }, "is 3 s old: Age (§4.2.3)"],
  [
    { rule: "fresh for 3 h", section: "§5.2.2.10", field: "Cache-Control", value: "s-maxage=10800" },
    "fresh for 3 h: s-maxage=10800 (§5.2.2.10)",
  ],
  [{ rule: "is left alone", section: "configuration", value: "/a" }, "is left alone: /a (configuration)"],
];

for (const [reason, text] of REASONS) test(`it is said: ${text}`, () => equal(spoken(reason), text));
