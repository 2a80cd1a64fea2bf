/** Somebody off the path, who knows addresses and ports but no numbers, cannot end, hold up or change a conversation (RFC 5961, RFC 4953). */

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";
import { Duet } from "./duet.ts";
import { Talker } from "./talker.ts";

const SETTINGS: TcpSettings = { isn: 0x1234_5678, mss: 1460, timestampOffset: 77_777 };
const SAY = 300_000;

/** What is thrown at both ends, fifty times each millisecond, for as long as they talk. */
const ATTACKS: [what: string, throwOne: (random: Random) => Partial<TcpSegment>][] = [
  ["resets", (random) => ({ seq: random.u32(), flags: RST })],
  ["resets with ACK", (random) => ({ seq: random.u32(), ack: random.u32(), flags: RST | ACK })],
  ["SYNs", (random) => ({ seq: random.u32(), flags: SYN, mss: 1460, timestamp: random.u32(), echo: 0 })],
  ["SYN,ACKs", (random) => ({ seq: random.u32(), ack: random.u32(), flags: SYN | ACK })],
  ["FINs", (random) => ({ seq: random.u32(), ack: random.u32(), flags: FIN | ACK })],
  [
    "data",
    (random) => ({
      seq: random.u32(),
      ack: random.u32(),
      flags: ACK | PSH,
      timestamp: random.u32(),
      echo: random.u32(),
      payload: random.bytes(5),
    }),
  ],
  ["ACKs that close the window", (random) => ({ seq: random.u32(), ack: random.u32(), flags: ACK, window: 0 })],
  [
    "reports of everything",
    (random) => ({
      seq: random.u32(),
      ack: random.u32(),
      flags: ACK,
      window: 65_535,
      sack: [{ start: random.u32(), end: random.u32() }],
    }),
  ],
];

for (const hasTimestamps of [true, false]) {
  for (const [what, throwOne] of ATTACKS) {
    test(`${what} with random numbers change nothing, ${hasTimestamps ? "with" : "without"} timestamps`, () => {
      const settings = { ...SETTINGS, hasTimestamps };
      const duet = new Duet(settings, { ...settings, isn: 0x8765_4321 }, { delay: 10 });
      const talkers = [duet.client, duet.server].map((end) => new Talker(duet, end, { say: SAY }));
      const random = new Random(11);
      const attack = (): void => {
        for (const to of [duet.client, duet.server]) {
          for (let i = 0; i < 50; i++) {
            const segment = segmentOf({ from: 1, to: 2, ...throwOne(random) });
            if (to.connection !== undefined) duet.deliver(to, segment);
          }
        }
        if (talkers.some(({ isOver }) => !isOver)) duet.at(duet.now + 1, attack);
      };
      duet.open();
      duet.run(() => duet.client.connection?.state === "ESTABLISHED");
      duet.at(duet.now, attack);
      ok(
        duet.run(() => talkers.every(({ isOver }) => isOver), 5000),
        "It does not come to an end",
      );
      for (const { heard } of talkers) equal(heard, SAY);
      for (const { connection } of [duet.client, duet.server]) equal(connection?.failure, undefined);
    });
  }
}

test("in every state but the one before it stands, no reset ends it but at the number that is due", () => {
  const random = new Random(3);
  const duet = new Duet(SETTINGS, SETTINGS, { delay: 10 });
  duet.open();
  duet.run(() => duet.server.connection?.state === "ESTABLISHED");
  const { connection } = duet.server;
  const { next } = connection!.receiver!;
  for (let i = 0; i < 100_000; i++) {
    const offset = i < 50_000 ? i + 1 : random.below(2 ** 32 - 2) + 1;
    connection!.receive(segmentOf({ seq: (next + offset) >>> 0, flags: RST }), duet.now);
    connection!.take(duet.now);
  }
  equal(connection!.state, "ESTABLISHED");
  connection!.receive(segmentOf({ seq: next, flags: RST }), duet.now);
  equal(connection!.failure, "ECONNRESET");
});

test("who makes both ends doubt where they are does not make them answer each other for ever", () => {
  const duet = new Duet(SETTINGS, SETTINGS, { delay: 1 });
  duet.open();
  duet.run(() => duet.server.connection?.state === "ESTABLISHED");
  const before = duet.client.sent + duet.server.sent;
  for (const [to, from] of [
    [duet.client, duet.server],
    [duet.server, duet.client],
  ] as const) {
    const { next } = from.connection!.sender;
    duet.deliver(
      to,
      segmentOf({ seq: (next - 1000) >>> 0, ack: to.connection!.sender.next, flags: ACK, timestamp: 77_777, echo: 0 }),
    );
  }
  duet.run(() => false, duet.now + 10_000);
  ok(duet.client.sent + duet.server.sent - before < 30);
});

test("a receiver that acknowledges in crumbs gets no more for it (RFC 3465 §2.3, “ACK division”)", () => {
  const windows = [1460, 10].map((crumb) => {
    const duet = new Duet({ ...SETTINGS, hasTimestamps: false }, SETTINGS, { delay: 10 });
    duet.open();
    duet.run(() => duet.client.connection?.state === "ESTABLISHED");
    const { sender } = duet.client.connection!;
    const server = duet.server.connection!;
    duet.client.connection!.write(new Uint8Array(100_000));
    const first = duet.client.connection!.take(duet.now);
    for (let n = crumb; n <= first.length * 1460; n += crumb) {
      const ack = (SETTINGS.isn + 1 + n) >>> 0;
      duet.client.connection!.receive(
        segmentOf({ seq: server.sender.next, ack, flags: ACK, window: 65_535 }),
        duet.now + 20,
      );
    }
    return sender.loss.congestion.window;
  });
  equal(windows[0], windows[1]);
});

test("a receiver that says nothing but duplicates gets no more for each than a segment, and never all at once", () => {
  const duet = new Duet({ ...SETTINGS, hasTimestamps: false, hasSack: false }, SETTINGS, { delay: 10 });
  duet.open();
  duet.run(() => duet.client.connection?.state === "ESTABLISHED");
  const { connection } = duet.client;
  connection!.write(new Uint8Array(1_000_000));
  let sent = connection!.take(duet.now).length;
  for (let i = 1; i <= 100; i++) {
    const { next: seq } = duet.server.connection!.sender;
    connection!.receive(segmentOf({ seq, ack: (SETTINGS.isn + 1) >>> 0, flags: ACK, window: 65_535 }), duet.now + 20);
    sent += connection!.take(duet.now + 20).length;
    ok(sent <= 10 + i + 1, `${sent} segments after ${i} duplicates`);
  }
});
