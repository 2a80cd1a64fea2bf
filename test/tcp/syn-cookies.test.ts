/** SYN cookies: what proves that a peer has got our answer, what is remembered in it, and what proves nothing (RFC 4987 §3.6). */

import { equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/base/random.ts";
import type { FourTuple } from "../../src/tcp/isn.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";
import { mayBeCookie, SynCookies } from "../../src/tcp/syn-cookies.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const TUPLE: FourTuple = { localAddress: 0x0a000001, localPort: 80, remoteAddress: 0x0a000002, remotePort: 40_000 };
const SETTINGS = { isn: 0, mss: 1460, timestampOffset: 12_345 };
const cookies = new SynCookies(new Random(1).bytes(16));

const synOf = (fields: Partial<TcpSegment> = {}): TcpSegment =>
  segmentOf({ from: 40_000, to: 80, seq: 7000, flags: SYN, mss: 1460, ...fields });

/** What an honest peer says to that answer. */
function ackTo(answer: TcpSegment, fields: Partial<TcpSegment> = {}): TcpSegment {
  const { seq, ack, timestamp } = answer;
  const stamps = timestamp === undefined ? {} : { timestamp: 900, echo: timestamp };
  return segmentOf({ from: 40_000, to: 80, seq: ack, ack: plus(seq, 1), flags: ACK, ...stamps, ...fields });
}

const MSS: readonly (readonly [offered: number | undefined, remembered: number])[] = [
  [1460, 1460],
  [1459, 1440],
  [1440, 1440],
  [1400, 1300],
  [1220, 1220],
  [1000, 966],
  [536, 536],
  [undefined, 536],
  [535, 216],
  [65_495, 8960],
  [9000, 8960],
  [8960, 8960],
  [8959, 1460],
];

for (const [offered, remembered] of MSS) {
  test(`of an MSS of ${offered ?? "which nothing is said"}, ${remembered} is remembered`, () => {
    const answer = cookies.answer(TUPLE, synOf({ mss: offered }), SETTINGS, 0);
    equal(cookies.read(TUPLE, ackTo(answer), 50)?.mss, remembered);
  });
}

test("with timestamps, the other options survive", () => {
  for (const windowScale of [undefined, 0, 1, 7, 14]) {
    for (const isSackPermitted of [false, true]) {
      const syn = synOf({ timestamp: 800, echo: 0, windowScale, isSackPermitted });
      const read = cookies.read(TUPLE, ackTo(cookies.answer(TUPLE, syn, SETTINGS, 5000)), 5050)!;
      equal(read.windowScale, windowScale);
      equal(read.isSackPermitted, isSackPermitted);
      equal(read.timestamp, 900);
      equal(read.seq, 7000);
      equal(read.flags, SYN);
    }
  }
});

test("a scale that nobody may have is remembered as the largest", () => {
  const syn = synOf({ timestamp: 800, echo: 0, windowScale: 200 });
  equal(cookies.read(TUPLE, ackTo(cookies.answer(TUPLE, syn, SETTINGS, 0)), 0)?.windowScale, 14);
});

test("without timestamps nothing is offered that could not be remembered", () => {
  const answer = cookies.answer(TUPLE, synOf({ windowScale: 7, isSackPermitted: true }), SETTINGS, 0);
  equal(answer.windowScale, undefined);
  equal(answer.isSackPermitted, false);
  equal(answer.timestamp, undefined);
  const read = cookies.read(TUPLE, ackTo(answer), 0)!;
  equal(read.windowScale, undefined);
  equal(read.isSackPermitted, false);
});

test("the answer acknowledges the SYN, echoes its timestamp, and offers what there will be", () => {
  const syn = synOf({ timestamp: 800, echo: 0, windowScale: 7, isSackPermitted: true });
  const answer = cookies.answer(TUPLE, syn, { ...SETTINGS, receiveBuffer: 8192 }, 0);
  equal(answer.flags, SYN | ACK);
  equal(answer.from, 80);
  equal(answer.to, 40_000);
  equal(answer.ack, 7001);
  equal(answer.echo, 800);
  equal(answer.window, 8192);
  equal(answer.mss, 1460);
  equal(cookies.answer(TUPLE, syn, SETTINGS, 0).window, 65_535);
});

test("what this machine does not want is not offered", () => {
  const syn = synOf({ timestamp: 800, echo: 0, windowScale: 7, isSackPermitted: true });
  const wishes = { ...SETTINGS, hasWindowScale: false, hasSack: false };
  const answer = cookies.answer(TUPLE, syn, wishes, 0);
  equal(answer.windowScale, undefined);
  equal(answer.isSackPermitted, false);
  equal(cookies.answer(TUPLE, syn, { ...SETTINGS, hasTimestamps: false }, 0).timestamp, undefined);
});

test("the timestamp lies a little in the past, whatever it has to remember, and however the clock stands", () => {
  const options = fc.record({
    windowScale: fc.option(fc.nat(14), { nil: undefined }),
    isSackPermitted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), options, (value, fields) => {
      const age = distance(cookies.timestamp(value, synOf(fields)), value);
      ok(age >= 0 && age < 64, `${age}`);
    }),
  );
});

const MINUTE = 60_000;

test("a cookie is good for a minute at least, and for two at most", () => {
  const syn = synOf();
  for (const now of [0, 1, MINUTE / 2, MINUTE - 1]) {
    const ack = ackTo(cookies.answer(TUPLE, syn, SETTINGS, now));
    equal(cookies.read(TUPLE, ack, now)?.mss, 1460);
    equal(cookies.read(TUPLE, ack, now + MINUTE)?.mss, 1460, "after a minute");
    equal(cookies.read(TUPLE, ack, now + 2 * MINUTE), undefined, "after two");
  }
});

const FORGERIES: readonly (readonly [what: string, tuple: Partial<FourTuple>, ack: (ack: TcpSegment) => TcpSegment])[] =
  [
    ["another address", { remoteAddress: 0x0a000003 }, (ack) => ack],
    ["another port", { remotePort: 40_001 }, (ack) => ack],
    ["another of our ports", { localPort: 81 }, (ack) => ack],
    ["another sequence number", {}, (ack) => segmentOf({ ...ack, seq: plus(ack.seq, 1) })],
    ["another acknowledgment", {}, (ack) => segmentOf({ ...ack, ack: plus(ack.ack, 8) })],
  ];

for (const [what, other, forge] of FORGERIES) {
  test(`nothing is proved by ${what}`, () => {
    const ack = ackTo(cookies.answer(TUPLE, synOf(), SETTINGS, 0));
    notEqual(cookies.read(TUPLE, ack, 0), undefined);
    equal(cookies.read({ ...TUPLE, ...other }, forge(ack), 0), undefined);
  });
}

test("who guesses, guesses wrong", () => {
  const random = new Random(2);
  for (let i = 0; i < 20_000; i++) {
    const guess = segmentOf({ from: 40_000, to: 80, seq: random.u32(), ack: random.u32(), flags: ACK });
    equal(cookies.read(TUPLE, guess, 0), undefined);
  }
});

test("the secret counts", () => {
  const ack = ackTo(cookies.answer(TUPLE, synOf(), SETTINGS, 0));
  equal(new SynCookies(new Random(3).bytes(16)).read(TUPLE, ack, 0), undefined);
});

const MAY_BE: readonly (readonly [what: string, flags: number, may: boolean])[] = [
  ["an ACK", ACK, true],
  ["data", ACK | PSH, true],
  ["data and the end of it", ACK | FIN, true],
  ["a SYN", SYN, false],
  ["a SYN,ACK", SYN | ACK, false],
  ["a reset", RST | ACK, false],
  ["what acknowledges nothing", PSH, false],
];

for (const [what, flags, may] of MAY_BE) {
  test(`${what} ${may ? "may" : "cannot"} bring a cookie back`, () => equal(mayBeCookie(segmentOf({ flags })), may));
}
