/** Where sequence numbers and timestamps begin: not to be guessed, and never back in time (RFC 6528, RFC 9293 §3.4.1). */

import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { type FourTuple, InitialNumbers } from "../../src/tcp/isn.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";

const TUPLE: FourTuple = { localAddress: 0x0a000001, localPort: 80, remoteAddress: 0x0a000002, remotePort: 40_000 };
const numbers = new InitialNumbers(new Random(1).bytes(16));

test("a clock drives them: one every four microseconds (MUST-8)", () => {
  const first = numbers.sequence(TUPLE, 1000);
  equal(distance(first, numbers.sequence(TUPLE, 1000.004)), 1);
  equal(distance(first, numbers.sequence(TUPLE, 2000)), 250_000);
});

test("the clock goes round in 4 hours and 46 minutes, and back to where it was", () => {
  equal(numbers.sequence(TUPLE, 2 ** 32 / 250), numbers.sequence(TUPLE, 0));
});

const OTHERS: readonly (readonly [what: string, tuple: Partial<FourTuple>])[] = [
  ["our address", { localAddress: 0x0a000003 }],
  ["our port", { localPort: 81 }],
  ["the peer's address", { remoteAddress: 0x0a000003 }],
  ["the peer's port", { remotePort: 40_001 }],
  ["ports that change places", { localPort: 40_000, remotePort: 80 }],
];

for (const [what, other] of OTHERS) {
  test(`another one for each four-tuple: ${what}`, () => {
    const one = numbers.sequence({ ...TUPLE, ...other }, 0);
    // What is near could be guessed.
    ok(Math.abs(distance(one, numbers.sequence(TUPLE, 0))) > 100_000);
  });
}

test("who does not know the secret cannot compute them (MUST-9)", () => {
  const secret = new Random(1).bytes(16);
  secret[15]! ^= 0x80;
  notEqual(new InitialNumbers(secret).sequence(TUPLE, 0), numbers.sequence(TUPLE, 0));
});

test("of many pairs of ends the numbers are spread evenly", () => {
  const quarters = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) quarters[numbers.sequence({ ...TUPLE, remotePort: 1024 + i }, 0) >>> 30]! += 1;
  for (const quarter of quarters) ok(quarter > 850 && quarter < 1150, String(quarters));
});

test("timestamps begin elsewhere than sequence numbers, and do not depend on when", () => {
  notEqual(numbers.timestampOffset(TUPLE), numbers.sequence(TUPLE, 0));
  equal(numbers.timestampOffset(TUPLE), numbers.timestampOffset({ ...TUPLE }));
  notEqual(numbers.timestampOffset(TUPLE), numbers.timestampOffset({ ...TUPLE, remotePort: 40_001 }));
});

test("who follows on a connection in TIME-WAIT begins behind all that it has sent (MAY-2)", () => {
  const clock = numbers.sequence(TUPLE, 0);
  equal(numbers.sequenceBehind(plus(clock, -1), TUPLE, 0), clock, "the clock is ahead");
  equal(numbers.sequenceBehind(clock, TUPLE, 0), plus(clock, 65_537), "the clock stands there");
  equal(
    numbers.sequenceBehind(plus(clock, 1_000_000), TUPLE, 0),
    plus(clock, 1_065_537),
    "it was quicker than the clock",
  );
});
