/** What to make of a segment before it is taken: the steps of RFC 9293 §3.10.7.4 in their order, as one table. */

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { judge, type Verdict } from "../../src/tcp/acceptance.ts";
import { Receiver } from "../../src/tcp/receiver.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

/** RCV.NXT, and how much may come. */
const NEXT = 1000;
const WINDOW = 500;

type Segment = Partial<TcpSegment> & { length?: number };

/** Without timestamps. */
const CASES: readonly (readonly [what: string, segment: Segment, window: number, verdict: Verdict])[] = [
  ["what is expected", { seq: NEXT, flags: ACK, length: 10 }, WINDOW, "take"],
  ["an ACK alone", { seq: NEXT, flags: ACK }, WINDOW, "take"],
  ["what comes ahead of its turn", { seq: NEXT + 100, flags: ACK, length: 10 }, WINDOW, "take"],
  ["the last byte of the window", { seq: NEXT + WINDOW - 1, flags: ACK, length: 1 }, WINDOW, "take"],
  ["what ends behind the window", { seq: NEXT + WINDOW - 1, flags: ACK, length: 10 }, WINDOW, "take"],
  ["what begins before, and ends within", { seq: NEXT - 5, flags: ACK, length: 6 }, WINDOW, "take"],
  ["an old segment", { seq: NEXT - 10, flags: ACK, length: 10 }, WINDOW, "answer"],
  ["what lies behind the window", { seq: NEXT + WINDOW, flags: ACK, length: 1 }, WINDOW, "answer"],
  ["an ACK from before the window", { seq: NEXT - 1, flags: ACK }, WINDOW, "answer"],
  ["an ACK right behind the window, by who has used it up", { seq: NEXT + WINDOW, flags: ACK }, WINDOW, "take"],
  ["an ACK from further on", { seq: NEXT + WINDOW + 1, flags: ACK }, WINDOW, "answer"],
  ["a segment without ACK", { seq: NEXT, flags: PSH, length: 10 }, WINDOW, "drop"],
  ["a FIN", { seq: NEXT, flags: FIN | ACK, length: 1 }, WINDOW, "take"],

  ["a window probe", { seq: NEXT, flags: ACK, length: 1 }, 0, "heed its ACK"],
  ["an ACK where there is no window", { seq: NEXT, flags: ACK }, 0, "take"],
  ["what has no ACK, where there is no window", { seq: NEXT, flags: PSH, length: 1 }, 0, "answer"],
  ["what lies ahead, where there is no window", { seq: NEXT + 1, flags: ACK, length: 1 }, 0, "answer"],

  ["a reset of the exact number", { seq: NEXT, flags: RST }, WINDOW, "reset"],
  ["a reset that acknowledges", { seq: NEXT, flags: RST | ACK }, WINDOW, "reset"],
  ["a reset that brings a reason along", { seq: NEXT, flags: RST, length: 20 }, WINDOW, "reset"],
  ["a reset somewhere in the window", { seq: NEXT + 1, flags: RST }, WINDOW, "challenge"],
  ["a reset before the window", { seq: NEXT - 1, flags: RST }, WINDOW, "drop"],
  ["a reset that only ends in the window", { seq: NEXT - 1, flags: RST, length: 20 }, WINDOW, "drop"],
  ["a reset behind the window", { seq: NEXT + WINDOW + 1, flags: RST }, WINDOW, "drop"],
  ["a reset where there is no window", { seq: NEXT, flags: RST }, 0, "reset"],
  ["a reset with a reason, where there is no window", { seq: NEXT, flags: RST, length: 20 }, 0, "reset"],

  ["a SYN in the window", { seq: NEXT + 5, flags: SYN, length: 1 }, WINDOW, "challenge"],
  ["a SYN of the exact number", { seq: NEXT, flags: SYN | ACK, length: 1 }, WINDOW, "challenge"],
  ["a SYN from anywhere", { seq: NEXT - 100_000, flags: SYN, length: 1 }, WINDOW, "challenge"],
  ["a SYN where there is no window", { seq: NEXT, flags: SYN, length: 1 }, 0, "challenge"],
  ["a SYN and a reset in one", { seq: NEXT, flags: SYN | RST, length: 1 }, WINDOW, "reset"],
];

for (const [what, segment, window, verdict] of CASES) {
  test(`${what}: ${verdict}`, () => equal(judged(segment, window, new Timestamps(0)), verdict));
}

const DAY = 86_400_000;

/** With timestamps, of which the latest was 5000. */
const STAMPED: readonly (readonly [what: string, segment: Segment, now: number, verdict: Verdict])[] = [
  ["a newer timestamp", { flags: ACK, timestamp: 5001 }, 0, "take"],
  ["the same timestamp", { flags: ACK, timestamp: 5000 }, 0, "take"],
  ["an older timestamp", { flags: ACK, timestamp: 4999, length: 10 }, 0, "answer"],
  ["an older timestamp, although the number is the expected one", { flags: ACK, timestamp: 4999 }, 0, "answer"],
  ["an older timestamp after 24 days of silence", { flags: ACK, timestamp: 4999 }, 24 * DAY, "take"],
  ["an older timestamp after a day", { flags: ACK, timestamp: 4999 }, DAY, "answer"],
  ["no timestamp, where both agreed on them", { flags: ACK, length: 10 }, 0, "drop"],
  ["a reset without timestamp", { flags: RST }, 0, "reset"],
  ["a reset with an old timestamp", { flags: RST, timestamp: 1 }, 0, "reset"],
];

for (const [what, segment, now, verdict] of STAMPED) {
  test(`${what}: ${verdict}`, () => {
    const timestamps = new Timestamps(0);
    timestamps.begin(5000, 0);
    equal(judged({ seq: NEXT, ...segment }, WINDOW, timestamps, now), verdict);
  });
}

function judged({ length = 0, ...fields }: Segment, window: number, timestamps: Timestamps, now = 0): Verdict {
  const receiver = new Receiver(NEXT, window, window);
  receiver.offer();
  return judge(segmentOf(fields), length, receiver, timestamps, now);
}
