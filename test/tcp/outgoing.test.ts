/** What a segment says besides its bytes: acknowledgment, window, timestamps, reports, urgency (RFC 9293 §3.10, RFC 7323, RFC 2018). */

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { type Agreement, agree, type TcpSettings } from "../../src/tcp/handshake.ts";
import { Outgoing } from "../../src/tcp/outgoing.ts";
import { Receiver } from "../../src/tcp/receiver.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";

const SETTINGS: TcpSettings = { isn: 5000, mss: 1460, timestampOffset: 100 };
const NOTHING = new Uint8Array(0);
const PEER = { flags: SYN, seq: 999, mss: 1400, windowScale: 2, isSackPermitted: true, timestamp: 70, echo: 0 };

/** Behind the peer's SYN, which was number 999; at most `capacity` bytes may come. */
function met(peer: Partial<TcpSegment> = PEER, capacity = 100_000) {
  const timestamps = new Timestamps(100);
  const agreement: Agreement = agree(SETTINGS, 7, segmentOf(peer));
  const receiver = new Receiver(1000, capacity, capacity);
  receiver.offer();
  const outgoing = new Outgoing(80, 40_000, timestamps);
  outgoing.begin(agreement, receiver);
  if (agreement.hasTimestamps) timestamps.begin(peer.timestamp!, 0);
  return { outgoing, receiver, timestamps };
}

const one = (outgoing: Outgoing): TcpSegment => {
  const segments = outgoing.take();
  equal(segments.length, 1);
  return segments[0]!;
};

test("a SYN offers everything, and acknowledges nothing", () => {
  const outgoing = new Outgoing(40_000, 80, new Timestamps(100));
  outgoing.putSyn(SETTINGS, 7, 23.7);
  const { payload: _, unknownOptions: __, ...syn } = one(outgoing);
  deepEqual(syn, {
    from: 40_000,
    to: 80,
    seq: 5000,
    ack: 0,
    flags: SYN,
    window: 65_535,
    urgent: 0,
    mss: 1460,
    windowScale: 7,
    isSackPermitted: true,
    timestamp: 123,
    echo: 0,
    sack: undefined,
  });
});

test("a SYN,ACK offers what the SYN has offered, and echoes its timestamp", () => {
  const { outgoing } = met();
  outgoing.putSyn(SETTINGS, 7, 5);
  const { flags, ack, windowScale, isSackPermitted, timestamp, echo } = one(outgoing);
  deepEqual([flags, ack, windowScale, isSackPermitted, timestamp, echo], [SYN | ACK, 1000, 7, true, 105, 70]);
});

test("a SYN,ACK offers nothing but its MSS to who has offered nothing", () => {
  const { outgoing } = met({ flags: SYN, seq: 999 });
  outgoing.putSyn(SETTINGS, 7, 5);
  const { mss, windowScale, isSackPermitted, timestamp } = one(outgoing);
  deepEqual([mss, windowScale, isSackPermitted, timestamp], [1460, undefined, false, undefined]);
});

test("the window of a SYN is never scaled, that of all others is (RFC 7323 §2.2)", () => {
  const { outgoing } = met();
  outgoing.putSyn(SETTINGS, 7, 0);
  equal(one(outgoing).window, 65_535);
  outgoing.put(5001, ACK, NOTHING, 0);
  equal(one(outgoing).window, 100_000 >> 7);
});

test("whatever goes out acknowledges what has come; the MSS is said only once (MUST-65)", () => {
  const { outgoing, receiver } = met();
  receiver.accept(segmentOf({ seq: 1000, flags: ACK, payload: new Uint8Array(10) }), 1);
  outgoing.put(5001, ACK | PSH, Uint8Array.of(1), 2);
  const { ack, mss, windowScale, isSackPermitted, timestamp, echo } = one(outgoing);
  deepEqual([ack, mss, windowScale, isSackPermitted], [1010, undefined, undefined, false]);
  deepEqual([timestamp, echo], [102, 70]);
  equal(outgoing.lastAckSent, 1010);
  equal(receiver.acks.isDue, false);
});

test("reports go with ACKs alone: data leaves no room for them", () => {
  const { outgoing, receiver } = met();
  receiver.accept(segmentOf({ seq: 1100, flags: ACK, payload: new Uint8Array(10) }), 1);
  outgoing.put(5001, ACK | PSH, Uint8Array.of(1), 2);
  equal(one(outgoing).sack, undefined);
  outgoing.put(5002, ACK, NOTHING, 2);
  deepEqual(one(outgoing).sack, [{ start: 1100, end: 1110 }]);
});

test("beside timestamps there is room for three reports, without for four; the newest comes first (RFC 2018 §4)", () => {
  for (const [peer, starts] of [
    [PEER, [1500, 1400, 1300]],
    [{ ...PEER, timestamp: undefined }, [1500, 1400, 1300, 1200]],
  ] as const) {
    const { outgoing, receiver } = met(peer);
    for (let seq = 1100; seq <= 1500; seq += 100) {
      receiver.accept(segmentOf({ seq, flags: ACK, payload: new Uint8Array(10) }), 1);
    }
    outgoing.put(5001, ACK, NOTHING, 2);
    deepEqual(
      one(outgoing).sack?.map(({ start }) => start),
      starts,
    );
  }
});

test("nothing is reported to who has not asked for reports", () => {
  const { outgoing, receiver } = met({ ...PEER, isSackPermitted: false });
  receiver.accept(segmentOf({ seq: 1100, flags: ACK, payload: new Uint8Array(10) }), 1);
  outgoing.put(5001, ACK, NOTHING, 2);
  equal(one(outgoing).sack, undefined);
});

test("what comes twice is reported first, and once (RFC 2883)", () => {
  const { outgoing, receiver } = met();
  const payload = new Uint8Array(10);
  for (const seq of [1000, 1100, 1000]) receiver.accept(segmentOf({ seq, flags: ACK, payload }), 1);
  outgoing.put(5001, ACK, NOTHING, 2);
  deepEqual(one(outgoing).sack, [
    { start: 1000, end: 1010 },
    { start: 1100, end: 1110 },
  ]);
  outgoing.put(5001, ACK, NOTHING, 2);
  deepEqual(one(outgoing).sack, [{ start: 1100, end: 1110 }]);
});

const URGENT: readonly (readonly [seq: number, urgent: number])[] = [
  [5001, 99],
  [5050, 50],
  [5099, 1],
  [5100, 0],
  [5200, 0],
];

test("the urgent pointer names the byte behind the urgent ones (MUST-62), wherever a segment begins", () => {
  const { outgoing } = met();
  outgoing.urge(5100);
  for (const [seq, urgent] of URGENT) {
    outgoing.put(seq, ACK, NOTHING, 0);
    const segment = one(outgoing);
    equal(segment.urgent, urgent);
    equal((segment.flags & URG) !== 0, urgent > 0);
  }
});

test("urgent data may be longer than its pointer reaches (MUST-31)", () => {
  const { outgoing } = met();
  outgoing.urge(5001 + 1_000_000);
  outgoing.put(5001, ACK, NOTHING, 0);
  equal(one(outgoing).urgent, 65_535);
});

test("nothing is urgent any more that is acknowledged", () => {
  const { outgoing } = met();
  outgoing.urge(5100);
  outgoing.acknowledged(5099);
  outgoing.put(5001, ACK, NOTHING, 0);
  equal(one(outgoing).flags, ACK | URG);
  outgoing.acknowledged(5100);
  outgoing.put(5001, ACK, NOTHING, 0);
  equal(one(outgoing).flags, ACK);
});

test("a reset has the number that comes next, and the timestamps said last (RFC 7323 §3.2)", () => {
  const { outgoing } = met();
  outgoing.put(5001, ACK, NOTHING, 7);
  outgoing.putReset(5002);
  const [, { flags, seq, ack, window, timestamp, echo }] = outgoing.take() as [TcpSegment, TcpSegment];
  deepEqual([flags, seq, ack, window, timestamp, echo], [RST | ACK, 5002, 1000, 0, 107, 70]);
});

test("a reset to who knows no timestamps has none", () => {
  const { outgoing } = met({ flags: SYN, seq: 999 });
  outgoing.put(5001, ACK, NOTHING, 7);
  outgoing.putReset(5002);
  const [, { timestamp, echo }] = outgoing.take() as [TcpSegment, TcpSegment];
  deepEqual([timestamp, echo], [undefined, undefined]);
});

test("an ACK of what was never said is refused with its own number (§3.10.7.3)", () => {
  const outgoing = new Outgoing(40_000, 80, new Timestamps(0));
  outgoing.refuse(777);
  const { flags, seq, ack } = one(outgoing);
  deepEqual([flags, seq, ack], [RST, 777, 0]);
});

test("what was taken is gone", () => {
  const { outgoing } = met();
  outgoing.put(5001, ACK, NOTHING, 0);
  equal(outgoing.take().length, 1);
  equal(outgoing.take().length, 0);
});
