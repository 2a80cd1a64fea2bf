import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { lengthOf, resetFor } from "../../src/tcp/reset.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const payload = Uint8Array.of(1, 2, 3);
const TOP = 0xffff_ffff;

/** RFC 9293 §3.10.7.1: “If the ACK bit is off …”, “if the ACK bit is on …”. */
const ANSWERS: [what: string, segment: Partial<TcpSegment>, answer: Partial<TcpSegment> | undefined][] = [
  ["a SYN", { seq: 7, flags: SYN }, { seq: 0, ack: 8, flags: RST | ACK }],
  ["a SYN with data", { seq: 7, flags: SYN, payload }, { seq: 0, ack: 11, flags: RST | ACK }],
  ["a SYN at the end of all numbers", { seq: TOP, flags: SYN }, { seq: 0, ack: 0, flags: RST | ACK }],
  ["an ACK", { seq: 7, ack: 9, flags: ACK }, { seq: 9, ack: 0, flags: RST }],
  ["data", { seq: 7, ack: 9, flags: ACK | PSH, payload }, { seq: 9, ack: 0, flags: RST }],
  ["a SYN,ACK", { seq: 7, ack: 9, flags: SYN | ACK }, { seq: 9, ack: 0, flags: RST }],
  ["data without ACK", { seq: 7, payload }, { seq: 0, ack: 10, flags: RST | ACK }],
  ["a FIN without ACK", { seq: 7, flags: FIN }, { seq: 0, ack: 8, flags: RST | ACK }],
  ["nothing at all", { seq: 7 }, { seq: 0, ack: 7, flags: RST | ACK }],
  ["a reset", { seq: 7, flags: RST }, undefined],
  ["a reset with ACK", { seq: 7, ack: 9, flags: RST | ACK }, undefined],
];

for (const [what, segment, answer] of ANSWERS) {
  test(`${what} for nobody is answered by ${answer === undefined ? "nothing" : JSON.stringify(answer)}`, () =>
    deepEqual(resetFor(segmentOf({ from: 1, to: 2, ...segment })), answer && segmentOf({ from: 2, to: 1, ...answer })));
}

test("SYN and FIN take a number each, as every byte does", () => {
  equal(lengthOf(segmentOf({ flags: ACK | PSH })), 0);
  equal(lengthOf(segmentOf({ flags: ACK, payload })), 3);
  equal(lengthOf(segmentOf({ flags: SYN | FIN, payload })), 5);
});
