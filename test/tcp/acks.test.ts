import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Acks } from "../../src/tcp/acks.ts";

const state = ({ isDue, at }: Acks) => [isDue, at];

test("one segment is answered in less than half a second (RFC 9293 MUST-40)", () => {
  const acks = new Acks();
  acks.received(1460, 1000);
  deepEqual(state(acks), [false, 1040]);
  acks.tick(1039);
  equal(acks.isDue, false);
  acks.tick(1040);
  equal(acks.isDue, true);
});

test("every second full segment is answered at once (RFC 5681 §4.2)", () => {
  const acks = new Acks();
  for (let i = 0; i < 3; i++) {
    acks.received(1460, i);
    equal(acks.isDue, false);
    acks.received(1460, i);
    equal(acks.isDue, true);
    acks.sent();
    deepEqual(state(acks), [false, undefined]);
  }
});

test("many small ones are answered together, but not later than the first of them alone would be", () => {
  const acks = new Acks();
  for (let now = 0; now < 39; now++) acks.received(10, now);
  deepEqual(state(acks), [false, 40]);
});

test("more than a full segment's worth is answered at once, however it was cut", () => {
  const acks = new Acks();
  acks.received(1460, 0);
  acks.sent();
  for (let i = 0; i < 3; i++) acks.received(400, 0);
  equal(acks.isDue, false);
  acks.received(400, 0);
  equal(acks.isDue, true);
});

test("what is urgent does not wait", () => {
  const acks = new Acks();
  acks.urgent();
  equal(acks.isDue, true);
});
