import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Challenges } from "../../src/tcp/challenges.ts";

test("ten in five seconds, then none until they are over (RFC 5961 §7)", () => {
  const challenges = new Challenges();
  for (let i = 0; i < 10; i++) equal(challenges.mayAnswer(1000 + i), true);
  for (const now of [1010, 3000, 5999]) equal(challenges.mayAnswer(now), false);
  for (let i = 0; i < 10; i++) equal(challenges.mayAnswer(6000 + i), true);
  equal(challenges.mayAnswer(6010), false);
});

test("each connection has its own budget, lest one learn from the sum of all (CVE-2016-5696)", () => {
  const one = new Challenges();
  for (let i = 0; i < 20; i++) one.mayAnswer(0);
  equal(new Challenges().mayAnswer(0), true);
});
