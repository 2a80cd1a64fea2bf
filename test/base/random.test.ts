import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";

const some = (seed: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: 5 }, () => random.u32());
};

test("the same seed gives the same numbers, another one others", () => {
  deepEqual(some(7), some(7));
  notDeepEqual(some(7), some(8));
  equal(new Random(-1).seed, 0xffffffff);
});

test("the numbers of seed 7 stay what they are, so that a printed seed helps next year too", () => {
  deepEqual(some(7), [1670012233, 1282880414, 2371149198, 1478349566, 1165715366]);
});

test("numbers are within their bounds, and spread over them", () => {
  const random = new Random(1);
  const dice = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 6000; i++) {
    const fraction = random.fraction();
    ok(fraction >= 0 && fraction < 1);
    dice[random.below(6)]! += 1;
  }
  for (const times of dice) ok(times > 850 && times < 1150, String(dice));
});

test("chance is as large as it was told", () => {
  const random = new Random(2);
  let hits = 0;
  for (let i = 0; i < 10_000; i++) {
    if (random.chance(0.25)) hits++;
    equal(random.chance(0), false);
    equal(random.chance(1), true);
  }
  ok(hits > 2300 && hits < 2700, String(hits));
});

test("bytes are as many as asked for, of every value", () => {
  const bytes = new Random(3).bytes(10_000);
  equal(bytes.length, 10_000);
  equal(new Set(bytes).size, 256);
  equal(new Random(3).bytes(0).length, 0);
});
