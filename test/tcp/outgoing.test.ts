import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { agree, type TcpSettings } from "../../src/tcp/handshake.ts";
import { Outgoing } from "../../src/tcp/outgoing.ts";
import { Receiver } from "../../src/tcp/receiver.ts";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";

const SETTINGS: TcpSettings = { isn: 100, mss: 1460, receiveBuffer: 100_000, largestReceiveBuffer: 1_000_000 };
const SCALE = 4;
const PEER = { flags: SYN, seq: 999, mss: 1460, windowScale: 2, isSackPermitted: true, timestamp: 7, echo: 0 };
const NOTHING = new Uint8Array(0);

/** Has met a peer that offers all or nothing. */
function met(peer: Partial<TcpSegment>): { outgoing: Outgoing; receiver: Receiver } {
  const timestamps = new Timestamps(5000);
  const agreement = agree(SETTINGS, SCALE, segmentOf(peer));
  if (agreement.hasTimestamps) timestamps.begin(peer.timestamp!, 0);
  const receiver = new Receiver(1000, 100_000, 1_000_000);
  receiver.offer();
  const outgoing = new Outgoing(80, 40_000, timestamps);
  outgoing.begin(agreement, receiver);
  return { outgoing, receiver };
}

function put(peer: Partial<TcpSegment>, seq = 101, flags = ACK, payload = NOTHING): TcpSegment {
  const { outgoing } = met(peer);
  outgoing.put(seq, flags, payload, 10);
  return outgoing.take()[0]!;
}

test("with all options", () => {
  deepEqual(
    put(PEER),
    segmentOf({
      from: 80,
      to: 40_000,
      seq: 101,
      ack: 1000,
      flags: ACK,
      window: 100_000 >> SCALE,
      timestamp: 5010,
      echo: 7,
    }),
  );
});

test("without any", () => {
  deepEqual(put({ flags: SYN }), segmentOf({ from: 80, to: 40_000, seq: 101, ack: 1000, flags: ACK, window: 65_535 }));
});

test("its fields are in the order in which all have them", () =>
  deepEqual(Object.keys(put(PEER)), Object.keys(segmentOf({}))));

test("whatever goes out acknowledges", () => {
  const { outgoing, receiver } = met(PEER);
  receiver.acks.urgent();
  outgoing.put(101, ACK | PSH, Uint8Array.of(1), 10);
  equal(receiver.acks.isDue, false);
  equal(outgoing.lastAckSent, 1000);
});

test("what is taken is gone", () => {
  const { outgoing } = met(PEER);
  outgoing.put(101, ACK, NOTHING, 10);
  equal(outgoing.take().length, 1);
  equal(outgoing.take().length, 0);
});

test("reports go with what carries no data, three of them beside timestamps, four without (RFC 2018 §3)", () => {
  for (const [peer, most] of [
    [PEER, 3],
    [{ ...PEER, timestamp: undefined }, 4],
    [{ flags: SYN }, undefined],
  ] as const) {
    const { outgoing, receiver } = met(peer);
    for (const seq of [1010, 1020, 1030, 1040, 1050])
      receiver.accept(segmentOf({ seq, flags: ACK, payload: new Uint8Array(5) }), 0);
    outgoing.put(101, ACK, NOTHING, 10);
    outgoing.put(101, ACK, Uint8Array.of(1), 10);
    const [plain, data] = outgoing.take();
    equal(plain!.sack?.length, most);
    equal(data!.sack, undefined);
  }
});

test("a SYN offers all; its window is not scaled (RFC 7323 §2.2)", () => {
  const outgoing = new Outgoing(80, 40_000, new Timestamps(5000));
  outgoing.putSyn(SETTINGS, SCALE, 10);
  const syn = segmentOf({ from: 80, to: 40_000, seq: 100, flags: SYN, window: 65_535 });
  deepEqual(outgoing.take(), [
    { ...syn, mss: 1460, windowScale: SCALE, isSackPermitted: true, timestamp: 5010, echo: 0 },
  ]);
});

test("a SYN,ACK offers what the peer has offered", () => {
  const { outgoing } = met({ ...PEER, windowScale: undefined, isSackPermitted: false });
  outgoing.putSyn(SETTINGS, SCALE, 10);
  const [answer] = outgoing.take();
  deepEqual(
    [answer!.flags, answer!.ack, answer!.windowScale, answer!.isSackPermitted, answer!.timestamp, answer!.echo],
    [SYN | ACK, 1000, undefined, false, 5010, 7],
  );
});

test("what is urgent is marked, up to its end, and as far as a pointer reaches (RFC 9293 MUST-30)", () => {
  const { outgoing } = met(PEER);
  outgoing.urge(200);
  for (const seq of [101, 200, 300]) outgoing.put(seq, ACK, NOTHING, 10);
  deepEqual(
    outgoing.take().map(({ flags, urgent }) => [(flags & URG) !== 0, urgent]),
    [
      [true, 99],
      [false, 0],
      [false, 0],
    ],
  );
  outgoing.urge(200_000);
  outgoing.put(101, ACK, NOTHING, 10);
  equal(outgoing.take()[0]!.urgent, 65_535);
  outgoing.acknowledged(200_000);
  outgoing.put(200_000 + 2 ** 31 + 5, ACK, NOTHING, 10);
  equal(outgoing.take()[0]!.urgent, 0);
});

test("resets: in answer to an ACK that cannot be, and to end it all", () => {
  const { outgoing } = met({ flags: SYN });
  outgoing.refuse(5);
  outgoing.putReset(101);
  deepEqual(outgoing.take(), [
    segmentOf({ from: 80, to: 40_000, seq: 5, flags: RST }),
    segmentOf({ from: 80, to: 40_000, seq: 101, ack: 1000, flags: RST | ACK }),
  ]);
});

test("where timestamps were agreed on, resets have one, too (RFC 7323 §3.2)", () => {
  const { outgoing } = met(PEER);
  outgoing.put(101, ACK, NOTHING, 10);
  outgoing.putReset(101);
  const [, reset] = outgoing.take();
  deepEqual([reset!.timestamp, reset!.echo], [5010, 7]);
});
