import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { TimeWait, type TimeWaitAnswer } from "../../src/tcp/time-wait.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, FIN, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const MINUTE = 60_000;

/** We have sent up to 1001, and expect 2001, the peer's FIN having been 2000. */
function rest(recent?: number): TimeWait {
  const timestamps = new Timestamps(0);
  if (recent !== undefined) timestamps.begin(recent, 0);
  return new TimeWait(80, 40_000, 1001, 2001, timestamps, 0);
}

const ANSWERS: [what: string, segment: Partial<TcpSegment>, answer: TimeWaitAnswer, wakeAt: number][] = [
  ["the FIN again: our last ACK was lost", { seq: 2000, ack: 1001, flags: FIN | ACK }, "acknowledge", 2 * MINUTE],
  [
    "the FIN again, with data",
    { seq: 1990, ack: 1001, flags: FIN | ACK, payload: new Uint8Array(10) },
    "acknowledge",
    2 * MINUTE,
  ],
  [
    "a FIN of somebody else, who would like to keep us",
    { seq: 1000, ack: 1001, flags: FIN | ACK },
    "acknowledge",
    MINUTE,
  ],
  ["a reset: TIME-WAIT assassination (RFC 1337 §3)", { seq: 2001, flags: RST }, "nothing", MINUTE],
  ["a reset with ACK", { seq: 2001, ack: 1001, flags: RST | ACK }, "nothing", MINUTE],
  ["an ACK that says what we know", { seq: 2001, ack: 1001, flags: ACK }, "nothing", MINUTE],
  ["an old ACK", { seq: 1500, ack: 900, flags: ACK }, "acknowledge", MINUTE],
  ["old data", { seq: 1500, ack: 900, flags: ACK, payload: new Uint8Array(5) }, "acknowledge", MINUTE],
  ["a SYN of a new connection (RFC 9293 MAY-2)", { seq: 2002, flags: SYN }, "open anew", MINUTE],
  ["an old SYN", { seq: 1500, flags: SYN }, "acknowledge", MINUTE],
  ["a SYN just at what we expect", { seq: 2001, flags: SYN }, "acknowledge", MINUTE],
  ["a SYN,ACK", { seq: 5000, ack: 1001, flags: SYN | ACK }, "acknowledge", MINUTE],
];

for (const [what, segment, answer, wakeAt] of ANSWERS) {
  test(`${what}: ${answer}`, () => {
    const one = rest();
    equal(one.receive(segmentOf(segment), MINUTE), answer);
    equal(one.wakeAt, wakeAt);
  });
}

/** RFC 6191 §2; the last timestamp was 500. */
const ANEW: [what: string, seq: number, timestamp: number | undefined, answer: TimeWaitAnswer][] = [
  ["a later timestamp, whatever the number", 100, 501, "open anew"],
  ["an earlier timestamp, whatever the number", 5000, 499, "acknowledge"],
  ["the same timestamp and a later number", 5000, 500, "open anew"],
  ["the same timestamp and an earlier number", 100, 500, "acknowledge"],
  ["no timestamp, and a later number", 5000, undefined, "open anew"],
  ["no timestamp, and an earlier number", 100, undefined, "acknowledge"],
];

for (const [what, seq, timestamp, answer] of ANEW) {
  test(`a SYN with ${what}: ${answer} (RFC 6191 §2)`, () =>
    equal(rest(500).receive(segmentOf({ seq, flags: SYN, timestamp }), 1000), answer));
}

test("its answer is the last ACK again", () => {
  deepEqual(rest().acknowledgment(10), segmentOf({ from: 80, to: 40_000, seq: 1001, ack: 2001, flags: ACK }));
  const { timestamp, echo } = rest(500).acknowledgment(10);
  deepEqual([timestamp, echo], [10, 500]);
});

test("nobody gets more than ten answers in five seconds: two of them might talk for ever (RFC 5961 §7)", () => {
  const one = rest();
  const old = segmentOf({ seq: 1500, ack: 900, flags: ACK });
  const answers = Array.from({ length: 20 }, () => one.receive(old, 1000));
  equal(answers.filter((answer) => answer === "acknowledge").length, 10);
});

test("a new connection of ours may take its place when our timestamps have moved on", () => {
  equal(rest(500).mayBeReused(999, 1000), false);
  equal(rest(500).mayBeReused(1000, 1000), true);
  equal(rest().mayBeReused(59_000, 1000), false);
});
