import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { IdleTimeout } from "../../src/socket/node-net-timeout.ts";

test("it rings when nothing has happened for so long, once, until something happens again", async () => {
  const clock = new VirtualClock();
  const rung: number[] = [];
  const timeout = new IdleTimeout(clock, () => rung.push(clock.now()));
  timeout.touch();
  await clock.advance(1000);
  timeout.set(100);
  await clock.advance(60);
  timeout.touch();
  await clock.advance(1000);
  timeout.touch();
  await clock.advance(50);
  timeout.set(0);
  await clock.advance(1000);
  deepEqual(rung, [1160]);
});
