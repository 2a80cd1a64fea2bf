import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Recovery } from "../../src/tcp/recovery.ts";

const MSS = 1000;

test("it is over when all is acknowledged that was sent when it began (RFC 6582 §3.2), wherever the numbers wrap", () => {
  for (const until of [10_000, 5, 0]) {
    const recovery = new Recovery();
    recovery.begin(until, 9000);
    equal(recovery.isOver((until - 1) >>> 0), false);
    equal(recovery.isOver(until), true);
    equal(recovery.isOver(until + 1), true);
  }
});

test("what was sent twice in vain comes back as duplicates of the ACK that ended it: they begin no other (§3.2 step 2)", () => {
  const recovery = new Recovery();
  equal(recovery.mayBegin, true);
  recovery.begin(10_000, 9000);
  for (const [acknowledged, mayBegin] of [
    [9000, false],
    [10_000, false],
    [10_001, true],
    // Half a circle later, too.
    [2 ** 31 + 10_001, true],
  ] as const) {
    recovery.passed(acknowledged);
    equal(recovery.mayBegin, mayBegin);
  }
});

/**
 * The example of RFC 6937 §4: 20 segments in flight, the first is lost, two more were let go by the first two
 * duplicates. R is the retransmission, N a new segment, a point an ACK that lets nothing go.
 */
test("twenty in flight and one lost: every other ACK lets one go, until half are left (RFC 6937 §4)", () => {
  const recovery = new Recovery();
  recovery.begin(22_000, 20_000);
  let inFlight = 18_000;
  let said = "";
  for (let ack = 3; ack <= 21; ack++) {
    if (ack > 3) inFlight -= MSS;
    recovery.delivered(MSS, inFlight, 10_000, MSS, false);
    const goes = Math.floor((recovery.window - inFlight) / MSS);
    said += goes === 0 ? "." : (ack === 3 ? "R" : "N").repeat(goes);
    recovery.sent(goes * MSS);
    inFlight += goes * MSS;
  }
  // In bytes, a segment goes when there is room for all of it; in segments, as in the RFC, one half of it earlier.
  equal(said, "R..N.N.N.N.N.N..NNN");
  equal(inFlight, 10_000);
});

test("one goes in any case, however much was lost: there is nothing else that could be answered (§3.1)", () => {
  const recovery = new Recovery();
  recovery.begin(20_000, 20_000);
  recovery.delivered(0, 15_000, 10_000, MSS, false);
  equal(recovery.window, 16_000);
});

test("below the threshold, as much goes as has come, and one more for each ACK that is good (RFC 9937)", () => {
  const recovery = new Recovery();
  recovery.begin(20_000, 20_000);
  // 17 of 20 were lost at once.
  recovery.delivered(3000, 0, 10_000, MSS, false);
  equal(recovery.window, 3000);
  recovery.sent(3000);
  recovery.delivered(MSS, 2000, 10_000, MSS, true);
  equal(recovery.window, 4000);
  recovery.sent(2000);
  recovery.delivered(MSS, 3000, 10_000, MSS, false);
  equal(recovery.window, 4000);
});

test("it never lets go beyond the threshold, but for the first one; and never less than nothing", () => {
  const step = fc.record({ bytes: fc.nat(5000), lost: fc.nat(3000), isGood: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.array(step, { maxLength: 50 }), (segments, steps) => {
      const all = segments * MSS;
      const threshold = Math.max(2 * MSS, all / 2);
      const recovery = new Recovery();
      recovery.begin(all, all);
      let inFlight = all;
      let total = 0;
      for (const [i, { bytes, lost, isGood }] of steps.entries()) {
        const gone = Math.min(inFlight, bytes + lost);
        inFlight -= gone;
        recovery.delivered(Math.min(gone, bytes), inFlight, threshold, MSS, isGood);
        ok(recovery.window >= inFlight || total > 0);
        ok(recovery.window <= Math.max(threshold, inFlight + gone + MSS), `Step ${i}`);
        const goes = Math.max(0, Math.floor((recovery.window - inFlight) / MSS)) * MSS;
        recovery.sent(goes);
        total += goes;
        inFlight += goes;
      }
    }),
  );
});
