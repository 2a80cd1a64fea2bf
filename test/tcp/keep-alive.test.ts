import { equal } from "node:assert/strict";
import { test } from "node:test";
import { KeepAlive } from "../../src/tcp/keep-alive.ts";

test("unless somebody says otherwise, it waits for two hours (RFC 9293 MUST-28)", () => {
  equal(new KeepAlive({}, 5).at, 5 + 2 * 3600 * 1000);
});

test("it asks after a silence, again and again, and then gives up", () => {
  const keepAlive = new KeepAlive({ idle: 1000, interval: 100, count: 3 }, 0);
  for (const now of [1000, 1100, 1200]) {
    equal(keepAlive.at, now);
    equal(keepAlive.ask(now), "ask");
  }
  equal(keepAlive.at, 1300);
  equal(keepAlive.ask(1300), "give up");
});

test("one answer, and all is well (MUST-26: one question may get lost)", () => {
  const keepAlive = new KeepAlive({ idle: 1000, interval: 100, count: 2 }, 0);
  keepAlive.ask(1000);
  keepAlive.ask(1100);
  keepAlive.heard(1150);
  equal(keepAlive.at, 2150);
  equal(keepAlive.ask(2150), "ask");
  equal(keepAlive.ask(2250), "ask");
  equal(keepAlive.ask(2350), "give up");
});
