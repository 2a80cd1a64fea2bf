import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualTime } from "./virtual-time.ts";

test("time goes on to the next alarm, and no further than it is told", () => {
  const time = new VirtualTime();
  const rang: string[] = [];
  time.after(20, () => rang.push(`b at ${time.now()}`));
  time.after(10, () => {
    rang.push(`a at ${time.now()}`);
    time.after(5, () => rang.push(`c at ${time.now()}`));
  });
  time.after(20, () => rang.push("d"));
  time.after(12, () => rang.push("never")).cancel();
  for (let i = 0; i < 6; i++) time.step(18);
  equal(time.now(), 18);
  deepEqual(rang, ["a at 10", "c at 15"]);
  for (let i = 0; i < 3; i++) time.step(30);
  deepEqual(rang, ["a at 10", "c at 15", "b at 20", "d"]);
  equal(time.now(), 30);
});
