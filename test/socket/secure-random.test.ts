import { equal, notDeepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { SecureRandom } from "../../src/socket/secure-random.ts";

test("two never say the same", () => {
  const [a, b] = [new SecureRandom(), new SecureRandom()];
  notDeepEqual(a.bytes(16), b.bytes(16));
  notDeepEqual(a.bytes(16), a.bytes(16));
});

test("all numbers come about equally often", () => {
  const random = new SecureRandom();
  const counts = new Array<number>(8).fill(0);
  for (let i = 0; i < 8000; i++) counts[random.below(8)]! += 1;
  // Five standard deviations: once in a million runs.
  for (const count of counts) ok(Math.abs(count - 1000) < 5 * Math.sqrt(875), `${counts}`);
});

test("numbers are whole, and of 32 bits", () => {
  const random = new SecureRandom();
  let all = 0;
  for (let i = 0; i < 1000; i++) {
    const number = random.u32();
    ok(Number.isInteger(number) && number >= 0 && number < 2 ** 32);
    all |= number;
  }
  equal(all >>> 0, 0xffff_ffff);
});
