import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { type Clock, realClock } from "../../src/base/clock.ts";
import { patientClock } from "../../src/socket/patient-clock.ts";

/** In which order somebody hears of a message that has come, and of an alarm that is due, when he has been busy. */
async function heard(clock: Clock): Promise<string[]> {
  const order: string[] = [];
  const { port1, port2 } = new MessageChannel();
  // From here Node goes on to its timers, and only then reads.
  await new Promise((resolve) => setImmediate(resolve));
  const message = new Promise<void>((resolve) => {
    port2.onmessage = () => {
      order.push("message");
      resolve();
    };
  });
  const alarm = new Promise<void>((resolve) => {
    clock.after(1, () => {
      order.push("alarm");
      resolve();
    });
  });
  port1.postMessage("it was not lost");
  for (const end = performance.now() + 5; performance.now() < end; );
  await Promise.all([message, alarm]);
  port1.close();
  return order;
}

test("what has come is heard before the alarm that it has not", async () => {
  deepEqual(await heard(patientClock), ["message", "alarm"]);
});

test("the machine's clock would have it the other way round", async () => {
  deepEqual(await heard(realClock), ["alarm", "message"]);
});

test("an alarm that was cancelled does not ring, not even when its time has come", async () => {
  const rung: string[] = [];
  patientClock.after(0, () => rung.push("at once")).cancel();
  const alarm = patientClock.after(1, () => rung.push("when it was due"));
  await new Promise<void>((resolve) => {
    // Due right after the other, and before anything is read.
    const cancel = (): void => {
      alarm.cancel();
      resolve();
    };
    realClock.after(1, cancel);
    for (const end = performance.now() + 5; performance.now() < end; );
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  deepEqual(rung, []);
});

test("it tells the machine's time", () => {
  const before = realClock.now();
  const now = patientClock.now();
  const after = realClock.now();
  deepEqual([before <= now, now <= after, Math.abs(patientClock.date() - Date.now()) < 1000], [true, true, true]);
});
