import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Counters, printCounters } from "../../src/host/counters.ts";

test("what has counted nothing is not printed", () => {
  const counters = new Counters();
  equal(printCounters(counters), "");
  counters.ipInReceives = 3;
  counters.udpNoPorts = 1;
  equal(printCounters(counters), "ipInReceives 3\nudpNoPorts 1");
});
