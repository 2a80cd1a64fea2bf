import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pair, type PairEnd } from "../../src/link/pair.ts";
import { linkContract } from "./contract.ts";
import { numbered, numbersFrom, upTo } from "./numbered.ts";

linkContract("pair", () => {
  const pair = new Pair();
  const settle = async (): Promise<void> => {
    while (pair.deliver() > 0);
  };
  return { near: pair.a, far: pair.b, settle };
});

test("what is sent waits until it is delivered, and comes in order", () => {
  const pair = new Pair();
  const numbers = numbersFrom(pair.b);
  for (const i of upTo(5)) equal(pair.a.send(numbered(i)), true);
  deepEqual(numbers, []);
  equal(pair.deliver(), 5);
  deepEqual(numbers, upTo(5));
  equal(pair.deliver(), 0);
});

test("it is delivered later, if somebody is asked to: once for all that waits", () => {
  const runs: (() => void)[] = [];
  const { a, b } = new Pair({ later: (run) => runs.push(run) });
  const toA = numbersFrom(a);
  const toB = numbersFrom(b);
  for (const i of upTo(5)) {
    a.send(numbered(i));
    b.send(numbered(i + 10));
  }
  equal(runs.length, 1);
  runs.shift()!();
  deepEqual([toA, toB], [[10, 11, 12, 13, 14], upTo(5)]);
  equal(runs.length, 0);
  a.send(numbered(5));
  equal(runs.length, 1);
});

test("who answers at once is not called back from within, nor when he tries to deliver himself", () => {
  const pair = new Pair();
  let depth = 0;
  const answer = (end: PairEnd) => (frame: Uint8Array) => {
    equal(depth++, 0);
    end.send(frame);
    equal(pair.deliver(), 0);
    depth--;
  };
  pair.a.onFrame = answer(pair.a);
  pair.b.onFrame = answer(pair.b);
  for (const i of upTo(3)) pair.a.send(numbered(i));
  for (let turn = 0; turn < 100; turn++) equal(pair.deliver(), 3);
});

test("an end has no FCS, and takes what fits its MTU", () => {
  const { a, b } = new Pair({ mtu: 65_000 });
  deepEqual([a.mtu, b.mtu, a.hasFcs, b.hasFcs], [65_000, 65_000, false, false]);
  equal(a.send(numbered(0, 65_014)), true);
  equal(a.send(numbered(1, 65_015)), false);
  equal(a.counters.tooLong, 1);
  equal(new Pair().a.mtu, 1500);
});

test("what finds no room is dropped and counted, at the end where it would wait", () => {
  const pair = new Pair({ queue: 200 });
  const numbers = numbersFrom(pair.b);
  deepEqual(
    upTo(4).map((i) => pair.a.send(numbered(i, 80))),
    [true, true, false, false],
  );
  equal(pair.b.send(numbered(9, 80)), true);
  pair.deliver();
  equal(pair.a.send(numbered(4, 80)), true);
  pair.deliver();
  deepEqual(numbers, [0, 1, 4]);
  deepEqual([pair.a.counters.dropped, pair.a.counters.sent, pair.b.counters.received], [2, 3, 3]);
});

test("what comes where nobody is, is lost and counted; so is what comes where the plug was pulled", () => {
  const pair = new Pair();
  pair.a.send(numbered(0));
  pair.deliver();
  const numbers = numbersFrom(pair.b);
  pair.a.send(numbered(1));
  pair.b.send(numbered(2));
  pair.a.close();
  equal(pair.a.send(numbered(3)), false);
  pair.deliver();
  deepEqual(numbers, [1]);
  // One that came, and one that was to be sent.
  equal(pair.a.counters.lost, 2);
  equal(pair.b.counters.lost, 1);
});

const PLAN = fc.array(fc.oneof(fc.constantFrom("a", "b"), fc.constant("deliver")), { maxLength: 100 });

test("whatever is sent, each frame comes once and in order, or is counted", () => {
  fc.assert(
    fc.property(PLAN, fc.constantFrom(300, 1e6), (plan, queue) => {
      const pair = new Pair({ queue });
      const heard = { a: numbersFrom(pair.a), b: numbersFrom(pair.b) };
      const taken = { a: [] as number[], b: [] as number[] };
      for (const [i, what] of plan.entries()) {
        if (what === "deliver") pair.deliver();
        else if (what === "a" && pair.a.send(numbered(i))) taken.b.push(i);
        else if (what === "b" && pair.b.send(numbered(i))) taken.a.push(i);
      }
      pair.deliver();
      deepEqual(heard, taken);
      for (const [near, far] of [
        [pair.a, pair.b],
        [pair.b, pair.a],
      ] as const) {
        equal(near.counters.sent, far.counters.received);
        equal(near.counters.sentBytes, far.counters.receivedBytes);
      }
      const tried = plan.filter((what) => what !== "deliver").length;
      equal(tried, taken.a.length + taken.b.length + pair.a.counters.dropped + pair.b.counters.dropped);
    }),
    { numRuns: 100 },
  );
});
