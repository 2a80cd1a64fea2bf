import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../src/socket/simulated-clock.ts";

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

test("time passes by itself while somebody waits, and stands still else", async () => {
  const clock = new SimulatedClock({ date: 1000 });
  deepEqual([clock.now(), clock.date()], [0, 1000]);
  const rung: number[] = [];
  for (const ms of [10, 20, 30]) clock.machine.after(ms, () => rung.push(clock.machine.now()));
  await turns(5);
  deepEqual(rung, []);
  clock.begin();
  clock.machine.after(25, () => clock.end());
  await turns(5);
  deepEqual([rung, clock.now(), clock.machine.date()], [[10, 20], 25, 1025]);
  await turns(5);
  equal(clock.now(), 25);
});

test("who sets an alarm waits for it, and who cancels it no more", async () => {
  const clock = new SimulatedClock();
  const rung: string[] = [];
  clock.after(20, () => rung.push("b"));
  clock.after(10, () => rung.push("a"));
  clock.after(20, () => rung.push("c"));
  clock.after(-5, () => rung.push("at once"));
  clock.after(15, () => rung.push("never")).cancel();
  clock.machine.after(40, () => rung.push("nobody waits"));
  const late = clock.after(1000, () => rung.push("never"));
  clock.after(30, () => late.cancel());
  await turns(50);
  deepEqual(rung, ["at once", "a", "b", "c"]);
  equal(clock.now(), 30);
});

test("whatever a program does when it is woken is waited for, before time goes on", async () => {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const walk = async (name: string, step: number): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await sleep(step);
      for (let j = 0; j < 10; j++) await new Promise<void>((resolve) => process.nextTick(resolve));
      log.push(`${name} at ${clock.now()}`);
    }
  };
  await Promise.all([walk("a", 10), walk("b", 15)]);
  deepEqual(log, ["a at 10", "b at 15", "a at 20", "b at 30", "a at 30", "b at 45"]);
});

test("an hour takes no hour", async () => {
  const clock = new SimulatedClock();
  const began = performance.now();
  let beats = 0;
  const beat = (): void => {
    beats++;
    clock.machine.after(97, beat);
  };
  beat();
  await clock.advance(3_600_000);
  equal(beats, 1 + Math.floor(3_600_000 / 97));
  equal(clock.now(), 3_600_000);
  ok(performance.now() - began < 30_000);
});

test("no time passes during something real", async () => {
  const clock = new SimulatedClock();
  let isOver = false;
  clock.after(1000, () => (isOver = true));
  const work = new Promise<number>((resolve) => setTimeout(() => resolve(7), 20));
  equal(await clock.during(work), 7);
  equal(isOver, false);
  await rejects(clock.during(Promise.reject(new Error("failed"))), { message: "failed" });
  await clock.advance(1000);
  equal(isOver, true);
});

test("while the program is busy no time passes", async () => {
  let isBusy = true;
  const clock = new SimulatedClock({ isBusy: () => isBusy });
  const advanced = clock.advance(10);
  await turns(40);
  await new Promise((resolve) => setTimeout(resolve, 5));
  equal(clock.now(), 0);
  isBusy = false;
  await advanced;
  equal(clock.now(), 10);
});

test("machines that never rest do not keep the real world from its turn", async () => {
  const clock = new SimulatedClock();
  const spin = (): void => void clock.machine.after(0, spin);
  spin();
  clock.begin();
  await turns(3);
  equal(clock.now(), 0);
  clock.end();
});

test("where nothing happens for long, the processor is left to others for a moment, unless one is in a hurry", async () => {
  const clock = new SimulatedClock();
  let lulls = 0;
  const wait = (): void => {
    if (++lulls < 20) clock.after(1000, wait);
  };
  wait();
  const began = performance.now();
  while (lulls < 20) await turns(1);
  // A millisecond each.
  ok(performance.now() - began >= 15);
  equal(clock.now(), 19_000);
  await clock.advance(86_400_000);
  equal(clock.now(), 86_419_000);
});
