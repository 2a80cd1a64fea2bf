import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Opening } from "../../src/tcp/opening.ts";

test("a SYN is sent again after a second, and after twice as long each time (RFC 6298 §2.1, §5.5)", () => {
  const opening = new Opening(100);
  let now = 100;
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]) {
    equal(opening.isDue(now - 1), false);
    equal(opening.isDue(now), true);
    opening.sent(now);
    now += wait;
    equal(opening.at, now);
  }
  equal(opening.repetitions, 6);
});

test("the answer to the only one tells the round trip; to one of several it does not (Karn)", () => {
  const opening = new Opening(100);
  opening.sent(100);
  equal(opening.roundTrip(180), 80);
  equal(opening.wasRepeated, false);
  opening.sent(1100);
  equal(opening.roundTrip(1180), undefined);
  equal(opening.wasRepeated, true);
});

test("who asks again is answered again, and that says nothing about the network", () => {
  const opening = new Opening(0);
  opening.sent(0);
  opening.ask(300);
  equal(opening.isDue(300), true);
  opening.sent(300);
  equal(opening.at, 1300);
});

test("who is vouched for by a cookie is not called", () => {
  const opening = new Opening(undefined);
  equal(opening.isDue(1e9), false);
  equal(opening.roundTrip(50), undefined);
  equal(opening.wasRepeated, false);
  equal(opening.repetitions, 0);
});
