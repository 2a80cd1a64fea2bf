import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Persist } from "../../src/tcp/persist.ts";

test("it asks after one time-out, and waits twice as long each time (RFC 9293 SHLD-29, SHLD-30)", () => {
  const persist = new Persist();
  persist.start(1000, 300);
  equal(persist.at, 1300);
  let last = 1300;
  for (const wait of [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 60_000, 60_000]) {
    persist.asked(last, 300);
    equal(persist.at, last + wait);
    last += wait;
  }
});

test("it runs once, until it is stopped, and then anew", () => {
  const persist = new Persist();
  persist.start(0, 300);
  persist.start(200, 300);
  equal(persist.at, 300);
  persist.asked(300, 300);
  persist.stop();
  equal(persist.at, undefined);
  persist.start(1000, 300);
  equal(persist.at, 1300);
});

test("however often it asks, it never stops asking (RFC 9293 MUST-37)", () => {
  const persist = new Persist();
  persist.start(0, 200);
  for (let i = 0; i < 2000; i++) persist.asked(persist.at!, 200);
  persist.asked(0, 200);
  equal(persist.at, 60_000);
});
