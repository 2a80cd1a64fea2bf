import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Alarm, type Clock, VirtualClock } from "../../src/base/clock.ts";
import { Deadlines, type Sleeper } from "../../src/host/deadlines.ts";
import { Work } from "../../src/host/work.ts";

/** Writes down when it was woken, then waits for nothing; or for `every` milliseconds more. */
class Logger implements Sleeper {
  slot = -1;
  wakeAt: number | undefined;
  readonly every: number | undefined;
  readonly log: number[];

  constructor(wakeAt?: number, log: number[] = [], every?: number) {
    this.wakeAt = wakeAt;
    this.log = log;
    this.every = every;
  }

  tick(now: number): void {
    this.log.push(now);
    this.wakeAt = this.every === undefined ? undefined : now + this.every;
  }
}

/** Counts alarms. */
class CountingClock implements Clock {
  readonly inner = new VirtualClock();
  set = 0;
  now = () => this.inner.now();
  date = () => this.inner.date();
  after(ms: number, wake: () => void): Alarm {
    this.set += 1;
    return this.inner.after(ms, wake);
  }
}

const given = () => {
  const clock = new CountingClock();
  return { clock, deadlines: new Deadlines(clock, new Work()) };
};

test("each is woken at its time, and once", async () => {
  const { clock, deadlines } = given();
  const log: number[] = [];
  for (const at of [30, 10, 20, 10]) deadlines.update(new Logger(at, log));
  await clock.inner.advance(100);
  deepEqual(log, [10, 10, 20, 30]);
  equal(deadlines.size, 0);
});

test("who is woken may wait again", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(10, [], 10);
  deadlines.update(sleeper);
  await clock.inner.advance(35);
  deepEqual(sleeper.log, [10, 20, 30]);
});

test("a deadline that moves away costs no alarm, and rings at its new time", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(200);
  deadlines.update(sleeper);
  for (let now = 1; now <= 1000; now++) {
    sleeper.wakeAt = now + 200;
    deadlines.update(sleeper);
    await clock.inner.advance(1);
  }
  await clock.inner.advance(1000);
  deepEqual(sleeper.log, [1200]);
  // Every 200 ms somebody looks, and puts it off.
  equal(clock.set, 6);
});

test("a deadline that comes nearer rings then", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(1000);
  deadlines.update(sleeper);
  sleeper.wakeAt = 5;
  deadlines.update(sleeper);
  await clock.inner.advance(2000);
  deepEqual(sleeper.log, [5]);
});

test("who waits for nothing any more is not woken, and forgotten when its time has come", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(10);
  deadlines.update(sleeper);
  sleeper.wakeAt = undefined;
  deadlines.update(sleeper);
  equal(deadlines.size, 1);
  await clock.inner.advance(20);
  deepEqual([sleeper.log, deadlines.size, sleeper.slot], [[], 0, -1]);
});

test("who is removed is forgotten at once, and may come again", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(10);
  deadlines.update(sleeper);
  deadlines.remove(sleeper);
  deadlines.remove(sleeper);
  equal(deadlines.size, 0);
  sleeper.wakeAt = 15;
  deadlines.update(sleeper);
  await clock.inner.advance(20);
  deepEqual(sleeper.log, [15]);
});

test("one that does not move on does not stop the others", async () => {
  const { clock, deadlines } = given();
  const stuck: Sleeper & { ticks: number } = { slot: -1, wakeAt: 0, ticks: 0, tick: () => void stuck.ticks++ };
  const other = new Logger(5);
  deadlines.update(stuck);
  deadlines.update(other);
  await clock.inner.advance(10);
  deepEqual(other.log, [5]);
  equal(stuck.ticks, 11);
});

test("a machine that is closed wakes nobody", async () => {
  const { clock, deadlines } = given();
  const sleeper = new Logger(10);
  deadlines.update(sleeper);
  deadlines.close();
  await clock.inner.advance(20);
  deepEqual(sleeper.log, []);
});

test("one that throws is not asked again, and the others are", async () => {
  const clock = new VirtualClock();
  const errors: unknown[] = [];
  const patient: Clock = {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (ms, wake) =>
      clock.after(ms, () => {
        try {
          wake();
        } catch (error) {
          errors.push(error);
        }
      }),
  };
  const deadlines = new Deadlines(patient, new Work());
  const bad: Sleeper = {
    slot: -1,
    wakeAt: 1,
    tick() {
      throw new Error("no");
    },
  };
  const good = new Logger(1);
  deadlines.update(bad);
  deadlines.update(good);
  await clock.advance(5);
  equal(errors.length, 1);
  deepEqual(good.log, [1]);
});

test("whatever is set, moved and removed, all are woken when they should be", async () => {
  const step = fc.record({
    who: fc.nat(9),
    what: fc.constantFrom("set", "clear", "remove", "pass"),
    ms: fc.nat(50),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, deadlines } = given();
      const sleepers = Array.from({ length: 10 }, () => new Logger());
      const expected: number[][] = sleepers.map(() => []);
      const pass = async (ms: number): Promise<void> => {
        const end = clock.now() + ms;
        for (const [i, { wakeAt }] of sleepers.entries()) {
          if (wakeAt !== undefined && wakeAt <= end) expected[i]!.push(Math.max(wakeAt, clock.now()));
        }
        await clock.inner.advance(ms);
      };
      for (const { who, what, ms } of steps) {
        const sleeper = sleepers[who]!;
        if (what === "pass") await pass(ms);
        else {
          sleeper.wakeAt = what === "set" ? clock.now() + ms : undefined;
          if (what === "remove") deadlines.remove(sleeper);
          else deadlines.update(sleeper);
        }
      }
      await pass(100);
      deepEqual(
        sleepers.map(({ log }) => log),
        expected,
      );
    }),
    { numRuns: 100 },
  );
});
