import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, segmentOf, URG } from "../../src/wire/tcp-segment.ts";

test("the control bits are those of RFC 9293 §3.1, the last one first", () =>
  deepEqual([FIN, SYN, RST, PSH, ACK, URG, ECE, CWR], [1, 2, 4, 8, 16, 32, 64, 128]));

test("a segment has what it is given, nothing else, and all fields in one order", () => {
  const one = segmentOf({ seq: 7, flags: SYN, mss: 1460 });
  deepEqual([one.seq, one.flags, one.mss, one.ack, one.window, one.payload.length], [7, SYN, 1460, 0, 0, 0]);
  deepEqual([one.timestamp, one.isSackPermitted, one.sack], [undefined, false, undefined]);
  deepEqual(Object.keys(one), Object.keys(segmentOf({ payload: Uint8Array.of(1), ack: 3 })));
  equal(Object.keys(one).length, 15);
});
