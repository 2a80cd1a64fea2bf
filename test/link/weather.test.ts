import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import type { Judge } from "../../src/link/judges.ts";
import { type Fault, judgesOf, type Weather } from "../../src/link/weather.ts";
import { numbered, upTo } from "./numbered.ts";

const pass: Judge = () => "pass";

const ASKED: [weather: Weather, faults: Fault[]][] = [
  [{}, ["partition"]],
  [{ loss: 0.1 }, ["partition", "loss"]],
  [{ jitter: "5ms" }, ["partition", "delay"]],
  [{ verdict: pass, delay: 1 }, ["verdict", "partition", "delay"]],
  [{ verdict: [pass, pass] }, ["verdict", "verdict", "partition"]],
  [{ partition: { from: 0, to: 1 } }, ["partition", "partition"]],
  [
    { reorder: 0, delay: 0, rate: 1, duplicate: 0, corrupt: 0, burst: { begin: 0, end: 1 }, loss: 0 },
    ["partition", "loss", "burst", "corrupt", "duplicate", "rate", "delay", "reorder"],
  ],
];

for (const [weather, faults] of ASKED) {
  test(`${JSON.stringify(weather)}: asked are ${faults.join(", ")}`, () => {
    const judges = judgesOf(weather, new Random(7), 0, () => false);
    deepEqual(
      judges.map(({ fault }) => fault),
      faults,
    );
  });
}

/** What one of them says to the first hundred frames. */
function sayings(weather: Weather, seed: number, fault: Fault): unknown[] {
  const { judge } = judgesOf(weather, new Random(seed), 0, () => false).find((one) => one.fault === fault)!;
  return upTo(100).map((i) => judge(numbered(i), "out", i, i));
}

test("what one fault does is the same whatever the others do, and depends on the seed", () => {
  const all: Weather = { loss: 0.5, duplicate: 0.5, jitter: 5, reorder: 0.5, burst: { begin: 0.5, end: 0.5 } };
  const each: [fault: Fault, alone: Weather][] = [
    ["loss", { loss: 0.5 }],
    ["duplicate", { duplicate: 0.5 }],
    ["delay", { jitter: 5 }],
    ["reorder", { reorder: 0.5 }],
    ["burst", { burst: { begin: 0.5, end: 0.5 } }],
  ];
  for (const [fault, alone] of each) {
    deepEqual(sayings(all, 7, fault), sayings(alone, 7, fault));
    notDeepEqual(sayings(all, 7, fault), sayings(all, 8, fault));
  }
  notDeepEqual(
    sayings(all, 7, "loss").map((one) => one === "drop"),
    sayings(all, 7, "duplicate").map((one) => one === "duplicate"),
  );
});

test("a partition may be switched on and off besides", () => {
  let isPartitioned = false;
  const { judge } = judgesOf({}, new Random(7), 0, () => isPartitioned)[0]!;
  equal(judge(numbered(0), "out", 0, 0), "pass");
  isPartitioned = true;
  equal(judge(numbered(1), "out", 1, 0), "drop");
});
