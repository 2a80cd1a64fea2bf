import { equal } from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../../src/http/limits.ts";
import { settings } from "../../src/web/options.ts";

test("what is not said is as its comment says", () => {
  const { idleTimeout, limits } = settings({ limits: { startLine: 100 } });
  equal(idleTimeout, 75_000);
  equal(limits.startLine, 100);
  equal(limits.field, LIMITS.field);
});

test("nobody who left an option open gets undefined for it", () => {
  equal(settings({ idleTimeout: 5 }).idleTimeout, 5);
  equal(Object.values(settings({})).includes(undefined), false);
});
