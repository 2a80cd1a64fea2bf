import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Cable } from "../../src/link/cable.ts";
import { Faults, type FaultsOptions, type Judged } from "../../src/link/faults.ts";
import type { Judge, Verdict } from "../../src/link/judges.ts";
import type { Direction } from "../../src/link/link.ts";
import type { Weather } from "../../src/link/weather.ts";
import { linkContract } from "./contract.ts";
import { numbered, numberOf, numbersFrom, upTo } from "./numbered.ts";

linkContract("faults, in good weather", () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  const near = new Faults(a, { clock, random: new Random(7), loss: 0, delay: 5, jitter: 2 });
  return { near, far: b, settle: () => clock.advance(1000) };
});

/** A cable, bad weather at its near end, and what is heard at both ends as `number@time`. */
function scene(options: Partial<FaultsOptions> = {}, seed = 7) {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock, hasFcs: false });
  const link = new Faults(a, { clock, random: new Random(seed), ...options });
  const heard = { near: [] as string[], far: [] as string[] };
  link.onFrame = (frame) => void heard.near.push(`${numberOf(frame)}@${clock.now()}`);
  b.onFrame = (frame) => void heard.far.push(`${numberOf(frame)}@${clock.now()}`);
  return { clock, link, a, b, heard };
}

/** Says this to these frames, and "pass" to the others. */
const to =
  (verdicts: Record<number, Verdict>): Judge =>
  (frame) =>
    verdicts[numberOf(frame)] ?? "pass";

const VERDICTS: [what: string, verdicts: Record<number, Verdict>, heard: string[]][] = [
  ["nothing", {}, ["0@0", "1@0", "2@0", "3@0"]],
  ["drop", { 1: "drop", 3: "drop" }, ["0@0", "2@0"]],
  ["deliver later, and others overtake", { 0: { later: 5 }, 2: { later: 3.5 } }, ["1@0", "3@0", "2@3.5", "0@5"]],
  [
    "later by nothing, or by nonsense",
    { 0: { later: 0 }, 1: { later: -1 }, 2: { later: NaN } },
    ["0@0", "1@0", "2@0", "3@0"],
  ],
  ["duplicate", { 1: "duplicate" }, ["0@0", "1@0", "1@0", "2@0", "3@0"]],
  ["replace", { 1: { replace: numbered(9, 100) } }, ["0@0", "9@0", "2@0", "3@0"]],
];

for (const [what, verdicts, expected] of VERDICTS) {
  test(`a verdict per frame: ${what}`, async () => {
    const { clock, link, heard, b } = scene({ verdict: to(verdicts) });
    for (const i of upTo(4)) equal(link.send(numbered(i)), true);
    await clock.advance(10);
    deepEqual(heard.far, expected);
    for (const i of upTo(4)) b.send(numbered(i));
    await clock.advance(10);
    deepEqual(
      heard.near,
      expected.map((one) => one.replace(/@(.*)/, (_, time) => `@${10 + Number(time)}`)),
    );
  });
}

test("a test may say: drop the third SYN,ACK", async () => {
  const isSynAck = (frame: Uint8Array): boolean => frame[47] === 0x12;
  let seen = 0;
  const { clock, link, heard } = scene({ verdict: (frame) => (isSynAck(frame) && ++seen === 3 ? "drop" : "pass") });
  for (const i of upTo(8)) {
    const frame = numbered(i);
    if (i % 2 === 1) frame[47] = 0x12;
    link.send(frame);
  }
  await clock.advance(0);
  deepEqual(heard.far.map(parseFloat), [0, 1, 2, 3, 4, 6, 7]);
});

test("a judge is told which way the frame goes, the how manieth it is, and when", async () => {
  const told: [Direction, number, number][] = [];
  const verdict: Judge = (_, direction, index, now) => {
    told.push([direction, index, now]);
    return "pass";
  };
  const { clock, link, b } = scene({ verdict });
  link.send(numbered(0));
  await clock.advance(5);
  b.send(numbered(0));
  link.send(numbered(1));
  await clock.advance(5);
  deepEqual(told, [
    ["out", 0, 0],
    ["out", 1, 5],
    ["in", 0, 5],
  ]);
});

test("verdicts add up, and what was dropped is asked about no more", async () => {
  const asked: number[] = [];
  const last: Judge = (frame) => {
    asked.push(numberOf(frame));
    return "pass";
  };
  const verdict = [
    to({ 0: { later: 1 }, 1: "duplicate", 2: "drop" }),
    to({ 0: { later: 2 }, 1: { later: 4 }, 2: "duplicate" }),
    last,
  ];
  const { clock, link, heard } = scene({ verdict, delay: 10 });
  for (const i of upTo(4)) link.send(numbered(i));
  await clock.advance(100);
  deepEqual(heard.far, ["3@10", "0@13", "1@14", "1@14"]);
  deepEqual(asked, [0, 1, 1, 3]);
});

test("who is late is late in order, and who is picked out is overtaken", async () => {
  const { clock, link, heard } = scene({ delay: "30ms", verdict: to({ 1: { later: 5 } }) });
  for (const i of upTo(3)) link.send(numbered(i));
  await clock.advance(100);
  deepEqual(heard.far, ["0@30", "2@30", "1@35"]);
});

test("a copy has bytes and a fate of its own", async () => {
  const { clock, link, b } = scene({ duplicate: 1, jitter: "5ms" });
  const copies: Uint8Array[] = [];
  b.onFrame = (frame) => void copies.push(frame.fill(copies.length));
  link.send(numbered(0));
  await clock.advance(10);
  equal(copies.length, 2);
  notDeepEqual(copies[0], copies[1]);
});

test("a slow link has its rate and its queue", async () => {
  const { clock, link, heard } = scene({ rate: "8kbit", queue: 60 });
  for (const i of upTo(4)) link.send(numbered(i));
  await clock.advance(1000);
  deepEqual(heard.far, ["0@60", "1@120"]);
  equal(link.counters.out.verdicts.rate, 4);
  equal(link.counters.out.dropped, 2);
});

test("a partition is switched on and off, or has its time", async () => {
  const { clock, link, heard } = scene({ partition: { from: "1s", to: "2s" } });
  for (const i of upTo(5)) {
    link.isPartitioned = i === 3;
    link.send(numbered(i));
    await clock.advance(500);
  }
  deepEqual(heard.far, ["0@0", "1@500", "4@2000"]);
  equal(link.counters.out.verdicts.partition, 2);
});

test("what goes wrong may go wrong one way only", async () => {
  for (const [only, near, far] of [
    ["out", 3, 0],
    ["in", 0, 3],
  ] as const) {
    const { clock, link, heard, b } = scene({ loss: 1, only });
    for (const i of upTo(3)) {
      link.send(numbered(i));
      b.send(numbered(i));
    }
    await clock.advance(0);
    deepEqual([heard.near.length, heard.far.length], [near, far]);
    equal(link.counters.out.dropped, 3 - far);
    equal(link.counters.in.dropped, 3 - near);
  }
});

test("whoever wants to hears of every verdict, in time to look at the frame", async () => {
  const log: string[] = [];
  const onVerdict = ({ fault, verdict, frame, direction, index, now }: Judged): void => {
    log.push(`${now} ${direction} ${index} (${numberOf(frame)}): ${fault} ${JSON.stringify(verdict)}`);
  };
  const { clock, link, b } = scene({ verdict: to({ 7: "drop", 9: "duplicate" }), delay: 3, onVerdict });
  for (const i of [5, 7]) link.send(numbered(i));
  await clock.advance(10);
  b.send(numbered(9));
  await clock.advance(10);
  deepEqual(log, [
    '0 out 0 (5): delay {"later":3}',
    '0 out 1 (7): verdict "drop"',
    '10 in 0 (9): verdict "duplicate"',
    '10 in 0 (9): delay {"later":3}',
    '10 in 0 (9): delay {"later":3}',
  ]);
});

test("faults go around faults: a different weather each way", async () => {
  const clock = new VirtualClock();
  const { a, b } = new Cable({ clock });
  const random = new Random(7);
  const slow = new Faults(a, { clock, random, only: "in", delay: 20 });
  const link = new Faults(slow, { clock, random, only: "out", delay: 5 });
  const times: string[] = [];
  b.onFrame = () => void times.push(`out ${clock.now()}`);
  link.onFrame = () => void times.push(`in ${clock.now()}`);
  link.send(numbered(0));
  b.send(numbered(1));
  await clock.advance(30);
  deepEqual(times, ["out 5", "in 20"]);
});

test("it is a link like the one it is around, and says so when that has no room", () => {
  const clock = new VirtualClock();
  const random = new Random(7);
  const { a } = new Cable({ clock, mtu: 9000, rate: 8000, queue: 0 });
  const link = new Faults(a, { clock, random });
  deepEqual([link.mtu, link.hasFcs], [9000, true]);
  deepEqual([link.send(numbered(0)), link.send(numbered(1))], [true, false]);
  equal(a.counters.dropped, 1);
});

test("what comes where nobody is, is lost; so is what is under way when it is closed", async () => {
  const { clock, link, heard, b } = scene({ delay: 10 });
  link.onFrame = undefined;
  b.send(numbered(0));
  await clock.advance(10);
  equal(link.counters.in.lost, 1);
  link.send(numbered(1));
  b.send(numbered(2));
  await clock.advance(0);
  link.close();
  equal(link.counters.out.lost, 1);
  equal(link.counters.in.lost, 2);
  link.send(numbered(3));
  b.send(numbered(4));
  await clock.advance(100);
  deepEqual(heard, { near: [], far: [] });
  equal(link.counters.out.underWay, 0);
});

const CHANCE = fc.constantFrom(0, 0.1, 0.5);
const TIME = fc.constantFrom(0, 1, "3ms", 12.5);
const option = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const WEATHER: fc.Arbitrary<Weather> = fc.record({
  loss: option(CHANCE),
  burst: option(fc.record({ begin: CHANCE, end: CHANCE })),
  corrupt: option(CHANCE),
  duplicate: option(CHANCE),
  rate: option(fc.constantFrom("100kbit", "1Mbit")),
  queue: fc.constantFrom(500, 100_000),
  delay: option(TIME),
  jitter: option(TIME),
  reorder: option(CHANCE),
  partition: option(fc.record({ from: TIME, to: TIME })),
});
const PAUSES = fc.array(fc.nat(4), { minLength: 1, maxLength: 60 });
const SEED = fc.integer();

/** What is heard at both ends when both talk, with these pauses. */
async function history(weather: Weather, seed: number, pauses: readonly number[]) {
  const it = scene(weather, seed);
  for (const [i, pause] of pauses.entries()) {
    it.link.send(numbered(i));
    it.b.send(numbered(i));
    if (pause > 2) await it.clock.advance(pause);
  }
  await it.clock.advance(100_000);
  return it;
}

test("the same seed makes the same history, another one another", async () => {
  const weather = { loss: 0.3, duplicate: 0.3, jitter: 5, reorder: 0.3 };
  const pauses = upTo(60).map((i) => i % 5);
  const [one, same, other] = [
    await history(weather, 7, pauses),
    await history(weather, 7, pauses),
    await history(weather, 8, pauses),
  ];
  deepEqual(one.heard, same.heard);
  deepEqual(one.link.counters, same.link.counters);
  notDeepEqual(one.heard.far, other.heard.far);
  // Each way has chance of its own.
  notDeepEqual(one.heard.far, one.heard.near);
});

test("what happens one way does not depend on what is sent the other way", async () => {
  const weather = { loss: 0.3, duplicate: 0.3, jitter: 5, reorder: 0.3 };
  const both = await history(weather, 7, upTo(60));
  const alone = scene(weather, 7);
  for (const i of upTo(60)) {
    alone.link.send(numbered(i));
    if (i > 2) await alone.clock.advance(i);
  }
  await alone.clock.advance(100_000);
  deepEqual(alone.heard.far, both.heard.far);
});

test("in any weather each frame is delivered or counted, and the history is that of the seed", async () => {
  await fc.assert(
    fc.asyncProperty(WEATHER, SEED, PAUSES, async (weather, seed, pauses) => {
      const { heard, link } = await history(weather, seed, pauses);
      for (const [direction, numbers] of [
        ["out", heard.far],
        ["in", heard.near],
      ] as const) {
        const { frames, duplicated, delivered, dropped, lost, underWay } = link.counters[direction];
        equal(frames, pauses.length);
        deepEqual([underWay, lost], [0, 0]);
        equal(frames + duplicated, delivered + dropped);
        equal(delivered, numbers.length);
      }
      deepEqual((await history(weather, seed, pauses)).heard, heard);
    }),
    { numRuns: 40 },
  );
});

test("without reordering they stay in order, whatever else happens", async () => {
  await fc.assert(
    fc.asyncProperty(WEATHER, SEED, PAUSES, async (weather, seed, pauses) => {
      const { heard } = await history({ ...weather, reorder: undefined, corrupt: undefined }, seed, pauses);
      for (const some of [heard.far, heard.near]) {
        const numbers = some.map(parseFloat);
        deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test("in good weather everything comes, once and unharmed", async () => {
  const { clock, link, b } = scene({ delay: 1, jitter: 1, reorder: 0.5 });
  const numbers = numbersFrom(b);
  for (const i of upTo(100)) link.send(numbered(i));
  await clock.advance(100);
  notDeepEqual(numbers, upTo(100));
  deepEqual(
    numbers.toSorted((x, y) => x - y),
    upTo(100),
  );
  ok(link.counters.out.verdicts.reorder > 20);
});
