import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { NewReno } from "../../src/tcp/newreno.ts";

const MSS = 1000;

/** A round trip in which the whole window is acknowledged, two segments at a time. */
function roundTrip(congestion: NewReno): void {
  for (let left = congestion.window; left > 0; left -= 2 * MSS) congestion.acknowledged(Math.min(left, 2 * MSS));
}

test("slow start doubles the window each round trip, from ten segments on (RFC 5681 §3.1, RFC 6928)", () => {
  const congestion = new NewReno(MSS);
  equal(congestion.window, 10 * MSS);
  for (const window of [20, 40, 80]) {
    roundTrip(congestion);
    equal(congestion.window, window * MSS);
  }
});

test("after a loss half is left, and each round trip adds a segment (§3.2, §3.1)", () => {
  const congestion = new NewReno(MSS);
  congestion.lost(40 * MSS);
  equal(congestion.threshold, 20 * MSS);
  congestion.recovered(20 * MSS);
  equal(congestion.window, 20 * MSS);
  for (const window of [21, 22, 23]) {
    roundTrip(congestion);
    equal(congestion.window, window * MSS);
  }
});

test("half of what was in flight, not of the window (§3.1, equation 4), but two segments at least", () => {
  const congestion = new NewReno(MSS);
  congestion.lost(6 * MSS);
  equal(congestion.threshold, 3 * MSS);
  congestion.lost(MSS);
  equal(congestion.threshold, 2 * MSS);
});

test("when recovery ends, no burst goes out: what is in flight and one, the rest by slow start (RFC 6582 §3.2)", () => {
  const congestion = new NewReno(MSS);
  congestion.lost(40 * MSS);
  congestion.recovered(0);
  equal(congestion.window, 2 * MSS);
  congestion.acknowledged(2 * MSS);
  equal(congestion.window, 4 * MSS);
  congestion.recovered(50 * MSS);
  equal(congestion.window, 20 * MSS);
});

test("a time-out leaves one segment, and the threshold falls once for all of them (§3.1)", () => {
  const congestion = new NewReno(MSS);
  congestion.timedOut(40 * MSS, false);
  equal(congestion.window, MSS);
  equal(congestion.threshold, 20 * MSS);
  congestion.timedOut(MSS, true);
  equal(congestion.window, MSS);
  equal(congestion.threshold, 20 * MSS);
});

test("slow start ends at the threshold, and what is left over of an ACK counts for what follows", () => {
  const congestion = new NewReno(MSS);
  congestion.timedOut(40 * MSS, false);
  for (let i = 0; i < 4; i++) roundTrip(congestion);
  equal(congestion.window, 16 * MSS);
  congestion.acknowledged(16 * MSS);
  equal(congestion.window, 20 * MSS);
  congestion.acknowledged(8 * MSS);
  equal(congestion.window, 21 * MSS);
});

test("no loss after all: everything is as before (RFC 4015 §3.2)", () => {
  const congestion = new NewReno(MSS);
  roundTrip(congestion);
  const { window, threshold } = congestion;
  congestion.timedOut(20 * MSS, false);
  congestion.undo();
  equal(congestion.window, window);
  equal(congestion.threshold, threshold);
});

test("after a silence it begins as at first (§4.1), but does not grow by it", () => {
  const congestion = new NewReno(MSS);
  for (let i = 0; i < 5; i++) roundTrip(congestion);
  congestion.restartAfterIdle();
  equal(congestion.window, 10 * MSS);
  congestion.timedOut(10 * MSS, false);
  congestion.restartAfterIdle();
  equal(congestion.window, MSS);
});

test("segments of another size are as many as before, where they are smaller", () => {
  const congestion = new NewReno(MSS);
  congestion.resize(500);
  equal(congestion.window, 5000);
  congestion.resize(1500);
  equal(congestion.window, 5000);
  ok(congestion.window > 0);
});
