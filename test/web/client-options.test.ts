import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { LIMITS } from "../../src/http/limits.ts";
import { clientSettings } from "../../src/web/client-options.ts";

test("what is not said is so", () => {
  const { clock, limits, ...numbers } = clientSettings({});
  equal(clock, realClock);
  deepEqual(limits, { ...LIMITS, field: 16384, fields: 131072, fieldCount: 256 });
  deepEqual(numbers, {
    answerTimeout: 60_000,
    readTimeout: 60_000,
    writeTimeout: 60_000,
    continueTimeout: 1_000,
    idleTimeout: 60_000,
    connections: 512,
    idle: 128,
    idleInAll: 1024,
    waiting: 4096,
    waitTimeout: 30_000,
  });
});

test("what is said takes its place, limit by limit", () => {
  const settings = clientSettings({ connections: 3, limits: { fieldCount: 10 } });
  equal(settings.connections, 3);
  equal(settings.idle, 128);
  deepEqual(settings.limits, { ...LIMITS, field: 16384, fields: 131072, fieldCount: 10 });
});
