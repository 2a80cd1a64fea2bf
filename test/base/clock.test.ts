import { deepEqual, equal, ok } from "node:assert/strict";
import { mock, test } from "node:test";
import { realClock, VirtualClock } from "../../src/base/clock.ts";

test("a virtual clock stands still until it is moved", async () => {
  const clock = new VirtualClock(1000);
  equal(clock.now(), 0);
  equal(clock.date(), 1000);
  await clock.advance(250);
  equal(clock.now(), 250);
  equal(clock.date(), 1250);
});

test("alarms ring in the order of their times, and of equals the one set first", async () => {
  const clock = new VirtualClock();
  const rung: string[] = [];
  const ring = (name: string) => () => rung.push(`${name} at ${clock.now()}`);
  clock.after(20, ring("b"));
  clock.after(10, ring("a"));
  clock.after(20, ring("c"));
  clock.after(31, ring("late"));
  clock.after(-5, ring("at once"));
  await clock.advance(30);
  deepEqual(rung, ["at once at 0", "a at 10", "b at 20", "c at 20"]);
  equal(clock.now(), 30);
});

test("an alarm that was cancelled does not ring", async () => {
  const clock = new VirtualClock();
  const alarm = clock.after(10, () => ok(false, "it rang"));
  alarm.cancel();
  alarm.cancel();
  await clock.advance(20);
});

test("an alarm may set and cancel others, and what it sets off is waited for", async () => {
  const clock = new VirtualClock();
  const rung: number[] = [];
  const tick = async (): Promise<void> => {
    rung.push(clock.now());
    // Several turns of waiting, as a server has them.
    for (let i = 0; i < 20; i++) await undefined;
    clock.after(10, () => void tick());
  };
  const never = clock.after(15, () => ok(false, "it rang"));
  clock.after(10, () => {
    never.cancel();
    void tick();
  });
  await clock.advance(35);
  deepEqual(rung, [10, 20, 30]);
});

test("whoever waits before the clock moves sets its alarm in time", async () => {
  const clock = new VirtualClock();
  let rung = false;
  void (async () => {
    for (let i = 0; i < 20; i++) await undefined;
    clock.after(10, () => (rung = true));
  })();
  await clock.advance(10);
  equal(rung, true);
});

test("the real clock grows, knows the date, and rings", async () => {
  const before = realClock.now();
  ok(Math.abs(realClock.date() - Date.now()) < 1000);
  // Its alarms do not keep the process alive, so the test has to.
  const alive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => realClock.after(1, resolve));
  clearInterval(alive);
  ok(realClock.now() > before);
});

test("the real clock's alarms can be cancelled, and keep longer than a timer can count", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let rung = 0;
    const days = 24 * 60 * 60 * 1000;
    const longest = 2 ** 31 - 1;
    realClock.after(10, () => (rung += 1)).cancel();
    realClock.after(60 * days, () => (rung += 10));
    const endless = realClock.after(Infinity, () => (rung += 100));
    const cancelled = realClock.after(60 * days, () => (rung += 1000));
    mock.timers.tick(longest);
    mock.timers.tick(longest);
    mock.timers.tick(60 * days - 2 * longest - 1);
    equal(rung, 0);
    cancelled.cancel();
    mock.timers.tick(1);
    equal(rung, 10);
    endless.cancel();
  } finally {
    mock.timers.reset();
  }
});
