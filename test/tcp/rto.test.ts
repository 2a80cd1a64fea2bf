import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { RetransmissionTimeout } from "../../src/tcp/rto.ts";

/** Linux's floor beneath the variance, which RFC 6298 §2.4 would have for the whole. */
const FLOOR = 200;

test("before anything is known, it is a second (RFC 6298 §2.1)", () => {
  const rto = new RetransmissionTimeout();
  equal(rto.current, 1000);
  equal(rto.smoothed, undefined);
});

test("SRTT, RTTVAR and RTO follow the formulas (§2.2, §2.3)", () => {
  const rto = new RetransmissionTimeout();
  rto.sample(400);
  equal(rto.smoothed, 400);
  equal(rto.variance, 200);
  equal(rto.current, 400 + 4 * 200);
  rto.sample(800);
  equal(rto.variance, (3 / 4) * 200 + (1 / 4) * 400);
  equal(rto.smoothed, (7 / 8) * 400 + (1 / 8) * 800);
  equal(rto.current, 450 + 4 * 250);
});

test("a round trip that is always the same is waited for, and a little more", () => {
  const rto = new RetransmissionTimeout();
  for (let i = 0; i < 100; i++) rto.sample(30);
  equal(rto.smoothed, 30);
  ok(rto.variance < 1);
  equal(rto.current, 30 + FLOOR);
});

test("each time-out doubles it, up to two minutes (§2.5: no less than one) (§5.5)", () => {
  const rto = new RetransmissionTimeout();
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000]) {
    equal(rto.current, wait);
    rto.backOff();
  }
});

test("a new measurement ends the doubling, and nothing else does (Karn)", () => {
  const rto = new RetransmissionTimeout();
  rto.sample(100);
  rto.backOff();
  rto.backOff();
  equal(rto.isBackedOff, true);
  equal(rto.current, 4 * 300);
  rto.sample(100);
  equal(rto.isBackedOff, false);
  equal(rto.current, 300);
});

test("what had arrived, and was sent again in vain, is no reason to wait longer", () => {
  const rto = new RetransmissionTimeout();
  rto.sample(100);
  rto.backOff();
  rto.relax();
  equal(rto.current, 300);
});

test("where the SYN had to be sent again, data begins with three seconds (§5.7)", () => {
  const rto = new RetransmissionTimeout();
  rto.startAnew();
  equal(rto.current, 3000);
  rto.sample(100);
  equal(rto.current, 300);
});
