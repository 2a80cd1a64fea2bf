import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Cubic } from "../../src/tcp/cubic.ts";

const MSS = 1000;

/** Lets so many milliseconds pass, with a round trip of `rtt`, each of which acknowledges the whole window. */
function pass(congestion: Cubic, from: number, ms: number, rtt: number): void {
  for (let now = from + rtt; now <= from + ms; now += rtt)
    for (let left = congestion.window; left > 0; left -= MSS) congestion.acknowledged(Math.min(left, MSS), rtt, now);
}

/** After a loss at so many segments, at time 0. */
function afterLoss(segments: number): Cubic {
  const congestion = new Cubic(MSS);
  congestion.window = segments * MSS;
  congestion.lost(segments * MSS);
  congestion.recovered(segments * MSS);
  return congestion;
}

const segments = (congestion: Cubic): number => congestion.window / MSS;

/** Within so much of it. */
const near = (actual: number, expected: number, share: number): void =>
  ok(Math.abs(actual - expected) <= share * expected, `${actual} is not near ${expected}`);

test("slow start doubles the window each round trip, from ten segments on", () => {
  const congestion = new Cubic(MSS);
  for (const window of [20, 40, 80]) {
    congestion.acknowledged(congestion.window, 100, 0);
    equal(segments(congestion), window);
  }
});

test("after a loss, seven tenths are left (RFC 9438 §4.6), of what was in flight, but two segments at least", () => {
  equal(segments(afterLoss(100)), 70);
  const congestion = new Cubic(MSS);
  congestion.lost(6 * MSS);
  near(congestion.threshold, 4.2 * MSS, 0.001);
  congestion.lost(MSS);
  equal(congestion.threshold, 2 * MSS);
});

/** W_cubic(t) = C·(t − K)³ + W_max, K = ∛(W_max·0.3/C) (§4.2): where a round trip is long, and NewReno slow. */
test("the window follows the cubic: steeply up, flat where it was before, steeply up again", () => {
  const max = 1000;
  const k = Math.cbrt((max * 0.3) / 0.4);
  const congestion = afterLoss(max);
  let last = 0;
  for (const t of [1, 2, 4, 6, 8, 9, 10, 12, 15, 18]) {
    pass(congestion, last * 1000, (t - last) * 1000, 100);
    last = t;
    near(segments(congestion), 0.4 * (t - k) ** 3 + max, 0.01);
  }
});

test("where round trips are short, it is as quick as NewReno: 0.53 segments a round trip (§4.3), and one beyond the old window", () => {
  const congestion = afterLoss(20);
  pass(congestion, 0, 10, 1);
  near(segments(congestion), 14 + 10 * (0.9 / 1.7), 0.02);
  pass(congestion, 10, 10, 1);
  const before = segments(congestion);
  ok(before > 20);
  pass(congestion, 20, 10, 1);
  near(segments(congestion) - before, 10, 0.1);
});

test("who loses below the old plateau leaves room for others: the new one is lower than where it was (§4.7)", () => {
  // Lost at 1000, then again at 800 before it was there again: W_max is 800·0.85 = 680, cwnd 560.
  const congestion = afterLoss(1000);
  congestion.window = 800 * MSS;
  congestion.lost(800 * MSS);
  congestion.recovered(800 * MSS);
  equal(segments(congestion), 560);
  const k = Math.cbrt((680 - 560) / 0.4);
  pass(congestion, 0, k * 1000, 100);
  near(segments(congestion), 680, 0.01);
});

test("however far the cubic is ahead, a round trip adds half at most (§4.2)", () => {
  const congestion = afterLoss(10);
  pass(congestion, 0, 100, 100);
  const before = congestion.window;
  // A minute without an ACK.
  for (let left = before; left > 0; left -= MSS) congestion.acknowledged(MSS, 100, 60_000);
  ok(congestion.window > before);
  ok(congestion.window <= 1.7 * before, `From ${before} to ${congestion.window}`);
});

test("a time-out leaves one segment; after slow start, the cubic begins at its flattest, K being 0 (§4.8)", () => {
  const congestion = new Cubic(MSS);
  congestion.window = 1000 * MSS;
  congestion.timedOut(1000 * MSS, false);
  equal(segments(congestion), 1);
  near(congestion.threshold, 700 * MSS, 0.001);
  while (congestion.window < congestion.threshold) congestion.acknowledged(MSS, 200, 0);
  // The first ACK of congestion avoidance.
  congestion.acknowledged(MSS, 200, 0);
  const start = segments(congestion);
  pass(congestion, 0, 3000, 200);
  near(segments(congestion) - start, 0.4 * 3.2 ** 3, 0.25);
});

test("a second time-out in a row does not lower the threshold again", () => {
  const congestion = new Cubic(MSS);
  congestion.timedOut(10 * MSS, false);
  const { threshold } = congestion;
  congestion.timedOut(MSS, true);
  equal(congestion.threshold, threshold);
  equal(congestion.window, MSS);
});

test("when recovery ends, no burst goes out", () => {
  const congestion = new Cubic(MSS);
  congestion.lost(10 * MSS);
  congestion.recovered(0);
  equal(segments(congestion), 2);
});

test("no loss after all: everything is as before (RFC 9438 §4.9)", () => {
  const congestion = afterLoss(100);
  const { window, threshold } = congestion;
  congestion.timedOut(70 * MSS, false);
  congestion.undo();
  equal(congestion.window, window);
  equal(congestion.threshold, threshold);
  // The plateau, too.
  const k = Math.cbrt(30 / 0.4);
  pass(congestion, 0, k * 1000, 100);
  near(segments(congestion), 100, 0.02);
});

test("after a silence it begins as at first, and time that has passed counts for nothing (§5.8)", () => {
  const congestion = afterLoss(100);
  congestion.acknowledged(MSS, 100, 0);
  congestion.restartAfterIdle();
  equal(segments(congestion), 10);
  congestion.acknowledged(10 * MSS, 100, 3_600_000);
  equal(segments(congestion), 20);
});

test("segments of another size are as many as before, where they are smaller", () => {
  const congestion = new Cubic(MSS);
  congestion.resize(500);
  equal(congestion.window, 5000);
});
