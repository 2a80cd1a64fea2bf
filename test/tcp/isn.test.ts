import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { type FourTuple, InitialNumbers } from "../../src/tcp/isn.ts";
import { distance, isBefore } from "../../src/tcp/sequence.ts";

const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i);
const TUPLE: FourTuple = { localAddress: 0x0a000001, localPort: 80, remoteAddress: 0x0a000002, remotePort: 40_000 };
const numbers = new InitialNumbers(SECRET);

test("for one pair of ends the numbers rise every four microseconds (RFC 9293 MUST-8)", () => {
  const first = numbers.sequence(TUPLE, 0);
  equal(distance(first, numbers.sequence(TUPLE, 0.004)), 1);
  equal(distance(first, numbers.sequence(TUPLE, 1)), 250);
  equal(distance(first, numbers.sequence(TUPLE, 60_000)), 15_000_000);
});

test("the clock goes round after 4.77 hours, and the numbers with it", () => {
  const round = 2 ** 32 / 250;
  equal(numbers.sequence(TUPLE, round), numbers.sequence(TUPLE, 0));
  equal(numbers.sequence(TUPLE, 100 * round + 1), numbers.sequence(TUPLE, 1));
});

const OTHERS: [what: string, change: Partial<FourTuple>][] = [
  ["another address of ours", { localAddress: 0x0a000003 }],
  ["another port of ours", { localPort: 81 }],
  ["another peer", { remoteAddress: 0x0a000003 }],
  ["another port of the peer", { remotePort: 40_001 }],
  ["the ports the other way round", { localPort: 40_000, remotePort: 80 }],
];

for (const [what, change] of OTHERS) {
  test(`${what} has numbers that say nothing about this one's (RFC 6528 §3)`, () => {
    const other = { ...TUPLE, ...change };
    ok(Math.abs(distance(numbers.sequence(TUPLE, 0), numbers.sequence(other, 0))) > 65_536);
    notEqual(numbers.timestampOffset(TUPLE), numbers.timestampOffset(other));
  });
}

test("another secret, other numbers; and timestamps do not tell them", () => {
  const others = new InitialNumbers(SECRET.map((byte) => byte ^ 1));
  notEqual(others.sequence(TUPLE, 0), numbers.sequence(TUPLE, 0));
  notEqual(numbers.timestampOffset(TUPLE), numbers.sequence(TUPLE, 0));
});

test("ports, as 16 bits each, do not run into one another", () => {
  const seen = new Set<number>();
  for (const localPort of [0, 1, 0x7fff, 0x8000, 0xffff])
    for (const remotePort of [0, 1, 0x7fff, 0x8000, 0xffff])
      seen.add(numbers.sequence({ ...TUPLE, localPort, remotePort }, 0));
  equal(seen.size, 25);
});

test("who follows on TIME-WAIT begins behind all that was sent, however quick that was (RFC 9293 MAY-2)", () => {
  const clock = numbers.sequence(TUPLE, 1000);
  const slow = (clock - 1000) >>> 0;
  equal(numbers.sequenceBehind(slow, TUPLE, 1000), clock);
  for (const ahead of [0, 1, 1_000_000, 2 ** 31 - 1]) {
    const previous = (clock + ahead) >>> 0;
    ok(isBefore(previous, numbers.sequenceBehind(previous, TUPLE, 1000)));
  }
});
