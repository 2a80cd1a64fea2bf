import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Alarm, VirtualClock } from "../../src/base/clock.ts";
import { Transit } from "../../src/link/transit.ts";
import { numbered, numberOf, upTo } from "./numbered.ts";

/** Counts the alarms that were set. */
class CountingClock extends VirtualClock {
  set = 0;
  override after(ms: number, wake: () => void): Alarm {
    this.set++;
    return super.after(ms, wake);
  }
}

/** What has come out, as `number@time`. */
function heard(clock: VirtualClock): { seen: string[]; transit: Transit } {
  const seen: string[] = [];
  const transit = new Transit(clock, (frame) => void seen.push(`${numberOf(frame)}@${clock.now()}`));
  return { seen, transit };
}

test("each comes out at its time, those of one time in their order", async () => {
  const clock = new VirtualClock();
  const { seen, transit } = heard(clock);
  for (const [i, due] of [20, 10, 20, 5.5, 10].entries()) transit.add(numbered(i), due, 0);
  equal(transit.nextDue, 5.5);
  await clock.advance(10);
  deepEqual(seen, ["3@5.5", "1@10", "4@10"]);
  equal(transit.size, 2);
  equal(transit.nextDue, 20);
  await clock.advance(10);
  deepEqual(seen.slice(3), ["0@20", "2@20"]);
  equal(transit.size, 0);
  equal(transit.nextDue, Infinity);
});

test("a thousand that are due at one time cost one alarm", async () => {
  const clock = new CountingClock();
  const { seen, transit } = heard(clock);
  for (const i of upTo(1000)) transit.add(numbered(i), 5, 0);
  await clock.advance(5);
  equal(seen.length, 1000);
  equal(clock.set, 1);
});

test("times that miss each other by less than a nanosecond are one time", async () => {
  const clock = new CountingClock();
  const { seen, transit } = heard(clock);
  transit.add(numbered(0), 0.1 + 0.2, 0);
  transit.add(numbered(1), 0.3, 0);
  await clock.advance(1);
  deepEqual(seen.map(parseFloat), [0, 1]);
  equal(clock.set, 1 + 1);
});

test("nobody is called back while he sends, and those who answer at once do not stop the clock", async () => {
  const clock = new VirtualClock();
  let depth = 0;
  let turns = 0;
  const transit: Transit = new Transit(clock, (frame) => {
    equal(depth++, 0);
    if (++turns < 100) transit.add(frame, clock.now(), clock.now());
    depth--;
  });
  transit.add(numbered(0), 0, 0);
  equal(turns, 0);
  await clock.advance(0);
  equal(turns, 100);
});

test("those that go round do not keep the others waiting", async () => {
  const clock = new VirtualClock();
  const runs: (() => void)[] = [];
  const seen: number[] = [];
  const transit: Transit = new Transit(
    clock,
    (frame) => {
      seen.push(numberOf(frame));
      if (numberOf(frame) === 0) transit.add(frame, clock.now(), clock.now());
    },
    (run) => runs.push(run),
  );
  for (const i of upTo(3)) transit.add(numbered(i), 0, 0);
  equal(runs.length, 1);
  runs.shift()!();
  deepEqual(seen, [0, 1, 2]);
  runs.shift()!();
  deepEqual(seen, [0, 1, 2, 0]);
  equal(runs.length, 1);
});

test("what is put in while others come out has its alarm too", async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const transit: Transit = new Transit(clock, (frame) => {
    seen.push(`${numberOf(frame)}@${clock.now()}`);
    if (numberOf(frame) === 0) transit.add(numbered(1), 7, clock.now());
  });
  transit.add(numbered(0), 5, 0);
  transit.add(numbered(2), 9, 0);
  await clock.advance(10);
  deepEqual(seen, ["0@5", "1@7", "2@9"]);
});

test("after clear() nothing comes, but what is put in later", async () => {
  const clock = new VirtualClock();
  const { seen, transit } = heard(clock);
  transit.add(numbered(0), 5, 0);
  transit.add(numbered(1), 0, 0);
  transit.clear();
  equal(transit.size, 0);
  transit.add(numbered(2), 6, 0);
  await clock.advance(10);
  deepEqual(seen, ["2@6"]);
});

test("one that is refused with a throw does not keep the others from coming", async () => {
  const clock = new VirtualClock();
  const runs: (() => void)[] = [];
  const seen: number[] = [];
  const transit = new Transit(
    clock,
    (frame) => {
      if (numberOf(frame) === 1) throw new Error("not this one");
      seen.push(numberOf(frame));
    },
    (run) => runs.push(run),
  );
  for (const i of upTo(3)) transit.add(numbered(i), 0, 0);
  throws(runs.shift()!, /not this one/);
  runs.shift()!();
  deepEqual(seen, [0, 2]);
});

test("what is never due never comes, and sets no alarm", async () => {
  const clock = new CountingClock();
  const { seen, transit } = heard(clock);
  transit.add(numbered(0), Infinity, 0);
  equal(clock.set, 0);
  transit.add(numbered(1), 1, 0);
  await clock.advance(1000);
  deepEqual(seen, ["1@1"]);
});

test("whatever the times, all come out, sorted as by a stable sort", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { maxLength: 80 }), async (plan) => {
      const clock = new VirtualClock();
      const { seen, transit } = heard(clock);
      const expected: { i: number; due: number }[] = [];
      for (const [i, [wait, pause]] of plan.entries()) {
        expected.push({ i, due: clock.now() + wait });
        transit.add(numbered(i), clock.now() + wait, clock.now());
        if (pause > 3) await clock.advance(pause);
      }
      await clock.advance(30);
      deepEqual(
        seen,
        expected.toSorted((a, b) => a.due - b.due).map(({ i, due }) => `${i}@${due}`),
      );
    }),
    { numRuns: 50 },
  );
});
