import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { Cable, type CableEnd, type CableOptions } from "../../src/link/cable.ts";
import { linkContract } from "./contract.ts";
import { numbered, numberOf, numbersFrom, upTo } from "./numbered.ts";

linkContract("cable", () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  return { near: a, far: b, settle: () => clock.advance(0) };
});

linkContract("slow cable", () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, rate: "10Mbit", delay: "5ms", hasFcs: false });
  return { near: a, far: b, settle: () => clock.advance(1000) };
});

const TIMES: [what: string, options: Omit<CableOptions, "clock">, lengths: number[], arrivals: number[]][] = [
  ["an ideal cable", {}, [1000, 1000], [0, 0]],
  ["a long one", { delay: 30 }, [1000, 60], [30, 30]],
  ["a long one, in words", { delay: "0.25s" }, [1000], [250]],
  ["a slow one: frames stand in line", { rate: 8000 }, [1000, 500, 60], [1000, 1500, 1560]],
  ["a slow one, in words", { rate: "1Mbit" }, [1000, 125], [8, 9]],
  ["slow and long: many are under way at once", { rate: "1Mbit", delay: "100ms" }, [1000, 125], [108, 109]],
];

for (const [what, options, lengths, arrivals] of TIMES) {
  test(`${what}: ${lengths} bytes arrive at ${arrivals} ms`, async () => {
    const clock = new VirtualClock();
    const cable = new Cable({ clock, ...options });
    const times: number[] = [];
    cable.b.onFrame = () => void times.push(clock.now());
    for (const [i, length] of lengths.entries()) equal(cable.a.send(numbered(i, length)), true);
    deepEqual(times, []);
    await clock.advance(10_000);
    deepEqual(times, arrivals);
  });
}

test("a cable that has been idle is not faster afterwards, nor slower", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, rate: 8000 });
  const times: number[] = [];
  b.onFrame = () => void times.push(clock.now());
  a.send(numbered(0, 100));
  await clock.advance(5000);
  a.send(numbered(1, 100));
  a.send(numbered(2, 100));
  await clock.advance(5000);
  deepEqual(times, [100, 5100, 5200]);
});

test("both ways at once do not hinder each other", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, rate: 8000 });
  const times: string[] = [];
  a.onFrame = (frame) => void times.push(`a ${numberOf(frame)} ${clock.now()}`);
  b.onFrame = (frame) => void times.push(`b ${numberOf(frame)} ${clock.now()}`);
  a.send(numbered(0, 100));
  b.send(numbered(1, 100));
  await clock.advance(100);
  deepEqual(times, ["b 0 100", "a 1 100"]);
});

test("who answers at once is not called back from within", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  let depth = 0;
  let turns = 0;
  const answer = (end: CableEnd) => (frame: Uint8Array) => {
    equal(depth++, 0);
    if (turns++ < 1000) end.send(frame);
    depth--;
  };
  a.onFrame = answer(a);
  b.onFrame = answer(b);
  a.send(numbered(0));
  await clock.advance(0);
  equal(turns, 1001);
});

test("without a rate and a delay it can be told how to deliver", () => {
  const runs: (() => void)[] = [];
  const { a, b } = new Cable({ clock: new VirtualClock(), later: (run) => runs.push(run) });
  const numbers = numbersFrom(b);
  for (const i of upTo(3)) a.send(numbered(i));
  deepEqual(numbers, []);
  equal(runs.length, 1);
  runs[0]!();
  deepEqual(numbers, [0, 1, 2]);
});

test("what finds the queue full is dropped and counted, and the rest arrives in order", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, rate: 8000, queue: 250 });
  const numbers = numbersFrom(b);
  // In front of them wait 0, 100, 200, 300, 300 … bytes.
  const taken = upTo(6).map((i) => a.send(numbered(i, 100)));
  deepEqual(taken, [true, true, true, false, false, false]);
  await clock.advance(50);
  // Half of the first one has gone, so 250 wait.
  equal(a.send(numbered(6, 100)), true);
  equal(a.send(numbered(7, 100)), false);
  await clock.advance(1000);
  deepEqual(numbers, [0, 1, 2, 6]);
  equal(a.counters.dropped, 4);
  equal(a.counters.sent, 4);
  equal(b.counters.received, 4);
});

test("a cable without a queue takes a frame when it is idle", async () => {
  const clock = new VirtualClock();
  const { a } = new Cable({ clock, rate: 8000, queue: 0 });
  deepEqual([a.send(numbered(0, 100)), a.send(numbered(1, 100))], [true, false]);
  await clock.advance(100);
  equal(a.send(numbered(2, 100)), true);
});

const LONGEST: [options: Omit<CableOptions, "clock">, longest: number][] = [
  [{}, 1518],
  [{ hasFcs: false }, 1514],
  [{ mtu: 9000 }, 9018],
  [{ mtu: 68, hasFcs: false }, 82],
];

for (const [options, longest] of LONGEST) {
  test(`with ${JSON.stringify(options)} a frame may have ${longest} bytes and no more`, () => {
    const { a } = new Cable({ clock: new VirtualClock(), ...options });
    equal(a.send(numbered(0, longest)), true);
    equal(a.send(numbered(1, longest + 1)), false);
    deepEqual([a.counters.sent, a.counters.tooLong], [1, 1]);
  });
}

test("both ends say what the cable is", () => {
  const { a, b } = new Cable({ clock: new VirtualClock(), mtu: 9000, hasFcs: false });
  deepEqual([a.mtu, b.mtu, a.hasFcs, b.hasFcs], [9000, 9000, false, false]);
  const usual = new Cable({ clock: new VirtualClock() });
  deepEqual([usual.a.mtu, usual.b.hasFcs], [1500, true]);
});

test("what comes where nobody is, is lost and counted", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  a.send(numbered(0));
  await clock.advance(0);
  const numbers = numbersFrom(b);
  a.send(numbered(1));
  await clock.advance(0);
  deepEqual(numbers, [1]);
  deepEqual([b.counters.lost, b.counters.received], [1, 1]);
});

test("where the plug is pulled, what was sent still arrives, and nothing comes or goes after that", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, delay: 10 });
  const toA = numbersFrom(a);
  const toB = numbersFrom(b);
  a.send(numbered(0));
  b.send(numbered(1));
  a.close();
  a.close();
  equal(a.send(numbered(2)), false);
  await clock.advance(10);
  deepEqual([toA, toB], [[], [0]]);
  // One that came, and one that was to be sent.
  equal(a.counters.lost, 2);
});

test("a rate and a delay that cannot be read are refused", () => {
  const clock = new VirtualClock();
  throws(() => new Cable({ clock, rate: "fast" }), /^RangeError: Cannot use the rate "fast": /);
  throws(() => new Cable({ clock, delay: "long" }), /^RangeError: Cannot use the delay "long": /);
});

const PLAN = fc.array(
  fc.record({ end: fc.constantFrom("a", "b"), length: fc.integer({ min: 18, max: 1600 }), pause: fc.nat(3) }),
  {
    maxLength: 60,
  },
);
const OPTIONS = fc.record({
  rate: fc.constantFrom(Infinity, 1e5, 1e6, "10Mbit"),
  delay: fc.constantFrom(0, 0.3, "30ms"),
  queue: fc.constantFrom(0, 2000, 1e6),
});

test("whatever is sent, each frame arrives in order or is counted as what it is", async () => {
  await fc.assert(
    fc.asyncProperty(OPTIONS, PLAN, async (options, plan) => {
      const clock = new VirtualClock();
      const { a, b } = new Cable({ clock, ...options });
      const heard = { a: numbersFrom(a), b: numbersFrom(b) };
      const taken = { a: [] as number[], b: [] as number[] };
      for (const [i, { end, length, pause }] of plan.entries()) {
        const from = end === "a" ? a : b;
        if (from.send(numbered(i, length))) taken[end === "a" ? "b" : "a"].push(i);
        if (pause > 0) await clock.advance(pause);
        for (const [near, far] of [
          [a, b],
          [b, a],
        ] as const) {
          equal(near.counters.sent, far.counters.received + far.counters.lost + near.underWay);
        }
      }
      await clock.advance(20_000);
      deepEqual(heard, taken);
      const sum = (read: (end: CableEnd) => number): number => read(a) + read(b);
      equal(
        sum(({ underWay }) => underWay),
        0,
      );
      equal(
        plan.length,
        sum(({ counters }) => counters.sent + counters.dropped + counters.tooLong),
      );
      equal(
        sum(({ counters }) => counters.sentBytes),
        sum(({ counters }) => counters.receivedBytes),
      );
      ok(a.counters.tooLong + b.counters.tooLong === plan.filter(({ length }) => length > 1518).length);
    }),
    { numRuns: 60 },
  );
});
