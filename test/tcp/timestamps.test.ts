import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Timestamps } from "../../src/tcp/timestamps.ts";
import { ACK, RST, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const DAY = 86_400_000;

/** Agreed on, with a peer that said `recent` at time 0; our clock began at 1000. */
function agreed(recent = 500): Timestamps {
  const timestamps = new Timestamps(1000);
  timestamps.begin(recent, 0);
  return timestamps;
}

const data = (fields: Partial<TcpSegment>): TcpSegment => segmentOf({ flags: ACK, ...fields });

test("our clock ticks once a millisecond, between one and a thousand a second (RFC 7323 §5.4), and goes round", () => {
  const timestamps = new Timestamps(0xffff_fffe);
  equal(timestamps.value(0), 0xffff_fffe);
  equal(timestamps.value(1.9), 0xffff_ffff);
  equal(timestamps.value(2), 0);
});

const OLD: [what: string, recent: number, segment: Partial<TcpSegment>, now: number, isOld: boolean][] = [
  ["later", 500, { timestamp: 501 }, 10, false],
  ["the same", 500, { timestamp: 500 }, 10, false],
  ["earlier", 500, { timestamp: 499 }, 10, true],
  ["later, around the end", 0xffff_ffff, { timestamp: 3 }, 10, false],
  ["earlier, around the end", 3, { timestamp: 0xffff_ffff }, 10, true],
  ["earlier, but nothing was heard for 24 days (§5.5)", 500, { timestamp: 499 }, 24 * DAY, false],
  ["earlier, and nothing was heard for 23 days", 500, { timestamp: 499 }, 23 * DAY, true],
  ["earlier, in a reset (§5.2)", 500, { timestamp: 499, flags: RST }, 10, false],
];

for (const [what, recent, segment, now, isOld] of OLD) {
  test(`a timestamp that is ${what}: ${isOld ? "an old duplicate" : "no old duplicate"} (§5.3)`, () =>
    equal(agreed(recent).isOld(data(segment), now), isOld));
}

test("what was agreed on must be there, but in a reset (§3.2); where it was not, nobody asks", () => {
  equal(agreed().isMissing(data({})), true);
  equal(agreed().isMissing(data({ flags: RST })), false);
  equal(agreed().isMissing(data({ timestamp: 0 })), false);
  equal(new Timestamps(0).isMissing(data({})), false);
  equal(new Timestamps(0).isOld(data({ timestamp: 0 }), 0), false);
});

/** §4.3: “If SEG.TSval >= TS.Recent and SEG.SEQ <= Last.ACK.sent”; Last.ACK.sent is 100. */
const NOTED: [what: string, seq: number, timestamp: number, recent: number][] = [
  ["the next one", 100, 600, 600],
  ["one that overlaps what was acknowledged", 90, 600, 600],
  ["the second of two that one ACK covers: the first had to wait longer", 200, 600, 500],
  ["one that is older", 100, 400, 500],
  ["around the end", 100, 500 + 2 ** 31 - 1, 500 + 2 ** 31 - 1],
];

for (const [what, seq, timestamp, recent] of NOTED) {
  test(`what to echo: ${what}`, () => {
    const timestamps = agreed();
    timestamps.note(data({ seq, timestamp }), 100, 10);
    equal(timestamps.recent, recent);
  });
}

test("an echo tells when that was sent to which it answers", () => {
  const timestamps = agreed();
  equal(timestamps.echoedAt(data({ echo: 1040 }), 100.7), 40);
  equal(timestamps.echoedAt(data({ echo: 1100 }), 100.7), 100);
  // From the future, or none.
  equal(timestamps.echoedAt(data({ echo: 1101 }), 100.7), undefined);
  equal(timestamps.echoedAt(data({}), 100.7), undefined);
  equal(new Timestamps(0).echoedAt(data({ echo: 0 }), 100), undefined);
});
