import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/base/random.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import type { FourTuple } from "../../src/tcp/isn.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";
import { mayBeCookie, SynCookies } from "../../src/tcp/syn-cookies.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const MINUTE = 60_000;
const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
const TUPLE: FourTuple = { localAddress: 0x0a000001, localPort: 80, remoteAddress: 0x0a000002, remotePort: 40_000 };
const SETTINGS: TcpSettings = { isn: 0, mss: 1460 };
const cookies = new SynCookies(SECRET);

const synOf = (fields: Partial<TcpSegment> = {}): TcpSegment =>
  segmentOf({ from: 40_000, to: 80, seq: 7, flags: SYN, mss: 1460, ...fields });

/** What somebody says who has got the answer to his SYN. */
function ackTo(answer: TcpSegment, syn: TcpSegment): TcpSegment {
  return segmentOf({
    from: syn.from,
    to: syn.to,
    seq: plus(syn.seq, 1),
    ack: plus(answer.seq, 1),
    flags: ACK,
    timestamp: answer.timestamp === undefined ? undefined : plus(syn.timestamp!, 50),
    echo: answer.timestamp,
  });
}

const answered = (syn: TcpSegment, now: number, settings = SETTINGS): TcpSegment =>
  ackTo(cookies.answer(TUPLE, syn, settings, now), syn);

/** What is remembered of the largest segment: never more than the peer has said. */
const SIZES: [said: number | undefined, remembered: number][] = [
  [undefined, 536],
  [0, 216],
  [100, 216],
  [536, 536],
  [1000, 966],
  [1380, 1300],
  [1460, 1460],
  [1500, 1460],
  [8960, 8960],
  [65_535, 8960],
];

for (const [said, remembered] of SIZES) {
  test(`of segments of ${said} bytes, ${remembered} are remembered`, () =>
    equal(cookies.read(TUPLE, answered(synOf({ mss: said }), 0), 10)?.mss, remembered));
}

test("with timestamps, all is remembered that the SYN has offered", () => {
  for (const windowScale of [undefined, 0, 7, 14])
    for (const isSackPermitted of [true, false]) {
      const syn = synOf({ windowScale, isSackPermitted, timestamp: 100, echo: 0 });
      const again = cookies.read(TUPLE, answered(syn, 0), 10)!;
      deepEqual(
        [again.seq, again.windowScale, again.isSackPermitted, again.timestamp],
        [7, windowScale, isSackPermitted, 150],
      );
    }
});

test("without, nothing is, and nothing was promised", () => {
  const syn = synOf({ windowScale: 7, isSackPermitted: true });
  const { windowScale, isSackPermitted, timestamp } = cookies.answer(TUPLE, syn, SETTINGS, 0);
  deepEqual([windowScale, isSackPermitted, timestamp], [undefined, false, undefined]);
  const again = cookies.read(TUPLE, answered(syn, 0), 10)!;
  deepEqual([again.windowScale, again.isSackPermitted, again.timestamp], [undefined, false, undefined]);
});

test("nothing is promised that we do not have", () => {
  const syn = synOf({ windowScale: 7, isSackPermitted: true, timestamp: 100, echo: 0 });
  const settings = { ...SETTINGS, hasWindowScale: false, hasSack: false };
  const answer = cookies.answer(TUPLE, syn, settings, 0);
  deepEqual([answer.windowScale, answer.isSackPermitted], [undefined, false]);
  equal(cookies.answer(TUPLE, syn, { ...settings, hasTimestamps: false }, 0).timestamp, undefined);
});

test("the answer is a SYN,ACK like any other", () => {
  const syn = synOf({ windowScale: 3, isSackPermitted: true, timestamp: 100, echo: 0 });
  const answer = cookies.answer(TUPLE, syn, { ...SETTINGS, timestampOffset: 0x8000_0000 }, 20);
  deepEqual(
    [answer.from, answer.to, answer.flags, answer.ack, answer.mss, answer.windowScale, answer.isSackPermitted],
    [80, 40_000, SYN | ACK, 8, 1460, 7, true],
  );
  equal(answer.echo, 100);
});

test("our timestamp is a little late, never early: the clock must not run backwards for who is let in", () => {
  const scale = fc.option(fc.nat(255), { nil: undefined });
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), scale, fc.boolean(), (value, windowScale, isSackPermitted) => {
      const stamped = cookies.timestamp(value, synOf({ windowScale, isSackPermitted }));
      const late = distance(stamped, value);
      ok(late >= 0 && late < 64, `${value} became ${stamped}`);
    }),
  );
});

test("a cookie is good for a minute at least, and for two at most", () => {
  for (const made of [0, 30_000, MINUTE - 1]) {
    const ack = answered(synOf(), made);
    for (const now of [made, made + MINUTE]) ok(cookies.read(TUPLE, ack, now) !== undefined);
    equal(cookies.read(TUPLE, ack, made + 2 * MINUTE), undefined);
  }
});

const FORGED: [what: string, tuple: Partial<FourTuple>, ack: Partial<TcpSegment>][] = [
  ["another peer", { remoteAddress: 0x0a000003 }, {}],
  ["another port of his", { remotePort: 40_001 }, {}],
  ["another port of ours", { localPort: 81 }, {}],
  ["another address of ours", { localAddress: 0x0a000003 }, {}],
  ["a number beside the one of the SYN", {}, { seq: 9 }],
];

for (const [what, tuple, change] of FORGED) {
  test(`the cookie says nothing for ${what}`, () => {
    const ack = answered(synOf(), 0);
    equal(cookies.read({ ...TUPLE, ...tuple }, { ...ack, ...change }, 10), undefined);
  });
}

test("nobody guesses one: of a hundred thousand numbers, none or nearly none", () => {
  const random = new Random(5);
  let hits = 0;
  for (let i = 0; i < 100_000; i++) {
    const ack = segmentOf({ from: 40_000, to: 80, seq: 8, ack: random.u32(), flags: ACK });
    if (cookies.read(TUPLE, ack, 10) !== undefined) hits++;
  }
  ok(hits <= 1, `${hits} hits`);
});

test("another secret, another cookie", () => {
  const ack = answered(synOf(), 0);
  equal(new SynCookies(SECRET.map((byte) => byte ^ 1)).read(TUPLE, ack, 10), undefined);
});

test("only what acknowledges, and does nothing else to connections, can be one", () => {
  for (const flags of [ACK, ACK | PSH, ACK | FIN]) equal(mayBeCookie(segmentOf({ flags })), true);
  for (const flags of [SYN, SYN | ACK, RST | ACK, RST, 0, FIN]) equal(mayBeCookie(segmentOf({ flags })), false);
});
