import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../../src/cache/counters.ts";

test("at first nothing has been done", () => {
  deepEqual([...new Set(Object.values(newCounters()))], [0]);
});

test("each cache counts for itself", () => {
  const [one, other] = [newCounters(), newCounters()];
  one.hits += 1;
  equal(other.hits, 0);
  notEqual(one, other);
});
