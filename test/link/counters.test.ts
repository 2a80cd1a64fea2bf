import { deepEqual, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { newLinkCounters } from "../../src/link/counters.ts";

test("each end has counters of its own, which begin at nothing", () => {
  const counters = newLinkCounters();
  deepEqual([...new Set(Object.values(counters))], [0]);
  notEqual(counters, newLinkCounters());
});
