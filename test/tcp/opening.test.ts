/** When a SYN is sent again (RFC 9293 §3.8.3, RFC 6298 §5.5, §5.7), and what its answer tells of the round trip. */

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Opening } from "../../src/tcp/opening.ts";

/** Sends whenever it is due. */
function timesOf(opening: Opening, count: number): number[] {
  const times: number[] = [];
  while (times.length < count) {
    times.push(opening.at!);
    opening.sent(opening.at!);
  }
  return times;
}

test("after a second, and then after twice as long each time (MUST-22)", () => {
  deepEqual(timesOf(new Opening(0), 8), [0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 127_000]);
});

test("no pause is longer than two minutes", () => {
  const times = timesOf(new Opening(0), 10);
  equal(times[9]! - times[8]!, 120_000);
});

test("the answer to the only SYN shows the round trip", () => {
  const opening = new Opening(100);
  opening.sent(100);
  equal(opening.repetitions, 0);
  equal(opening.wasRepeated, false);
  equal(opening.roundTrip(130), 30);
});

test("the answer to one of several shows nothing (Karn)", () => {
  const opening = new Opening(0);
  timesOf(opening, 2);
  equal(opening.repetitions, 1);
  equal(opening.wasRepeated, true);
  equal(opening.roundTrip(1030), undefined);
});

test("who asks again is answered at once, and not less patiently", () => {
  const opening = new Opening(0);
  opening.sent(0);
  opening.ask(400);
  equal(opening.at, 400);
  opening.sent(400);
  equal(opening.at, 1400);
});

test("a connection that a cookie has brought sends no SYN, and knows no round trip", () => {
  const opening = new Opening(undefined);
  equal(opening.at, undefined);
  equal(opening.repetitions, 0);
  equal(opening.wasRepeated, false);
  equal(opening.roundTrip(50), undefined);
});
