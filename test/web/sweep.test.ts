import { equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Sweep } from "../../src/web/sweep.ts";

test("who is overdue is told so, and told again until it minds", async () => {
  const clock = new VirtualClock();
  const sweep = new Sweep(clock);
  let told = 0;
  const guest = { deadline: sweep.deadlineIn(1000), expire: () => void told++ };
  sweep.enter(guest);
  await clock.advance(1000);
  equal(told, 0);
  await clock.advance(500);
  equal(told, 1);
  guest.deadline = Number.POSITIVE_INFINITY;
  await clock.advance(10_000);
  equal(told, 1);
});

test("an empty sweep sets no alarms", async () => {
  let alarms = 0;
  const clock = new VirtualClock();
  const counting = {
    now: () => clock.now(),
    date: () => clock.date(),
    after(ms: number, wake: () => void) {
      alarms += 1;
      return clock.after(ms, wake);
    },
  };
  const sweep = new Sweep(counting);
  await clock.advance(10_000);
  equal(alarms, 0);
  const guest = { deadline: Number.POSITIVE_INFINITY, expire() {} };
  sweep.enter(guest);
  sweep.leave(guest);
  await clock.advance(10_000);
  equal(alarms, 1);
});

test("whoever watches the clock is told at each look", async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const sweep: Sweep = new Sweep(clock, () => void seen.push(sweep.now));
  sweep.enter({ deadline: Number.POSITIVE_INFINITY, expire() {} });
  await clock.advance(1000);
  equal(seen.join(), "0,500,1000");
});
