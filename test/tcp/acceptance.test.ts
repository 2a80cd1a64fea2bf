import { equal } from "node:assert/strict";
import { test } from "node:test";
import { judge, type Verdict } from "../../src/tcp/acceptance.ts";
import { Receiver } from "../../src/tcp/receiver.ts";
import { lengthOf } from "../../src/tcp/reset.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";

/** The window is from 1000 to 2000, or there is none. */
function verdict(segment: Partial<TcpSegment>, room: number, recent?: number): Verdict {
  const receiver = new Receiver(1000, room, room);
  receiver.offer();
  const timestamps = new Timestamps(0);
  if (recent !== undefined) timestamps.begin(recent, 0);
  const one = segmentOf(segment);
  return judge(one, lengthOf(one), receiver, timestamps, 0);
}

const bytes = (length: number): { payload: Uint8Array } => ({ payload: new Uint8Array(length) });

const OPEN: [what: string, segment: Partial<TcpSegment>, verdict: Verdict][] = [
  ["an ACK in order", { seq: 1000, flags: ACK }, "take"],
  ["data in order", { seq: 1000, flags: ACK | PSH, ...bytes(10) }, "take"],
  ["data ahead of its turn", { seq: 1500, flags: ACK, ...bytes(10) }, "take"],
  ["data of which some is new", { seq: 995, flags: ACK, ...bytes(10) }, "take"],
  ["data that runs over the window", { seq: 1999, flags: ACK, ...bytes(10) }, "take"],
  ["a FIN", { seq: 1000, flags: ACK | FIN }, "take"],
  ["old data: a duplicate, which wants an ACK", { seq: 990, flags: ACK, ...bytes(10) }, "answer"],
  ["data behind the window", { seq: 2000, flags: ACK, ...bytes(10) }, "answer"],
  ["an ACK from one before: a keep-alive, or a peer whose question we took", { seq: 999, flags: ACK }, "heed its ACK"],
  ["an older ACK", { seq: 998, flags: ACK }, "answer"],
  ["data without ACK (“if the ACK bit is off, drop the segment”)", { seq: 1000, ...bytes(10) }, "drop"],
  ["a FIN without ACK", { seq: 1000, flags: FIN }, "drop"],
  ["a reset at its place", { seq: 1000, flags: RST }, "reset"],
  ["a reset at its place, with ACK and a reason", { seq: 1000, flags: RST | ACK, ...bytes(100) }, "reset"],
  ["a reset at its place, with a SYN", { seq: 1000, flags: RST | SYN }, "reset"],
  ["a reset elsewhere in the window (RFC 5961 §3.2)", { seq: 1001, flags: RST }, "challenge"],
  ["a reset at the end of the window", { seq: 1999, flags: RST }, "challenge"],
  ["a reset before the window", { seq: 999, flags: RST }, "drop"],
  ["a reset behind the window", { seq: 2001, flags: RST }, "drop"],
  ["a SYN at its place (RFC 5961 §4.2)", { seq: 1000, flags: SYN }, "challenge"],
  ["a SYN in the window, with ACK", { seq: 1500, flags: SYN | ACK }, "challenge"],
  ["a SYN outside: “irrespective of the sequence number”", { seq: 7, flags: SYN }, "challenge"],
];

for (const [what, segment, expected] of OPEN) {
  test(`${what}: ${expected}`, () => equal(verdict(segment, 1000), expected));
}

const CLOSED: [what: string, segment: Partial<TcpSegment>, verdict: Verdict][] = [
  ["an ACK in order", { seq: 1000, flags: ACK }, "take"],
  ["a probe of the window: its ACK counts all the same", { seq: 1000, flags: ACK, ...bytes(1) }, "heed its ACK"],
  ["urgent data (MUST-66)", { seq: 1000, flags: ACK | URG, ...bytes(1) }, "heed its ACK"],
  ["a FIN", { seq: 1000, flags: ACK | FIN }, "heed its ACK"],
  ["data ahead of its turn", { seq: 1001, flags: ACK, ...bytes(1) }, "answer"],
  ["a reset (MUST-66)", { seq: 1000, flags: RST }, "reset"],
  ["a reset with a reason", { seq: 1000, flags: RST, ...bytes(5) }, "reset"],
  ["a reset elsewhere", { seq: 1001, flags: RST }, "drop"],
];

for (const [what, segment, expected] of CLOSED) {
  test(`where the window is closed, ${what}: ${expected}`, () => equal(verdict(segment, 0), expected));
}

/** With timestamps, the last of which was 500. */
const STAMPED: [what: string, segment: Partial<TcpSegment>, verdict: Verdict][] = [
  ["data with a later one", { seq: 1000, flags: ACK, timestamp: 501, ...bytes(10) }, "take"],
  [
    "data with an earlier one (PAWS, RFC 7323 §5.3 R1)",
    { seq: 1000, flags: ACK, timestamp: 499, ...bytes(10) },
    "answer",
  ],
  ["data without one (§3.2: “silently drop”)", { seq: 1000, flags: ACK, ...bytes(10) }, "drop"],
  ["a SYN without one, which may be of a peer that has begun anew", { seq: 7, flags: SYN }, "challenge"],
  ["a SYN with an earlier one", { seq: 1000, flags: SYN, timestamp: 499 }, "challenge"],
  ["a reset without one", { seq: 1000, flags: RST }, "reset"],
  ["a reset with an earlier one", { seq: 1000, flags: RST, timestamp: 499 }, "reset"],
];

for (const [what, segment, expected] of STAMPED) {
  test(`where timestamps were agreed on, ${what}: ${expected}`, () => equal(verdict(segment, 1000, 500), expected));
}
