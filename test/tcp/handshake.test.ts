import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { agree, isOpening, scaleFor, synOptions, type TcpSettings } from "../../src/tcp/handshake.ts";
import { ACK, CWR, ECE, FIN, RST, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";

const OURS: TcpSettings = { isn: 0, mss: 1460 };
const ALL = { flags: SYN, mss: 1460, windowScale: 3, isSackPermitted: true, timestamp: 7, echo: 0 };

const SCALES: [largest: number, scale: number][] = [
  [0, 0],
  [65_535, 0],
  [65_536, 1],
  [131_070, 1],
  [131_071, 2],
  [6 * 1024 * 1024, 7],
  [1024 ** 3, 14],
  [1e12, 14],
];

for (const [largest, scale] of SCALES) {
  test(`a window of ${largest} bytes is scaled by ${scale} bits`, () => equal(scaleFor(largest), scale));
}

/** RFC 9293 MUST-14 to MUST-16; and no smaller than anybody needs (CVE-2019-11479). */
const SIZES: [what: string, ours: number, theirs: number | undefined, mss: number][] = [
  ["the same", 1460, 1460, 1460],
  ["theirs is smaller", 1460, 1400, 1400],
  ["ours is smaller", 1400, 8960, 1400],
  ["they do not say (MUST-15)", 1460, undefined, 536],
  ["they do not say, and ours is smaller still", 400, undefined, 400],
  ["they want to be sent crumbs", 1460, 8, 48],
  ["they want nothing", 1460, 0, 48],
];

for (const [what, ours, theirs, mss] of SIZES) {
  test(`segments of ${mss} bytes: ${what}`, () =>
    equal(agree({ isn: 0, mss: ours }, 7, segmentOf({ flags: SYN, mss: theirs })).mss, mss));
}

test("what both want holds", () => {
  deepEqual(agree(OURS, 7, segmentOf(ALL)), {
    mss: 1460,
    hasTimestamps: true,
    hasSack: true,
    hasWindowScale: true,
    sendScale: 3,
    receiveScale: 7,
  });
});

test("what either does not offer is not used, by neither (RFC 7323 §2.2, §3.2, RFC 2018 §2)", () => {
  const nothing = { hasTimestamps: false, hasSack: false, hasWindowScale: false, sendScale: 0, receiveScale: 0 };
  deepEqual(agree(OURS, 7, segmentOf({ flags: SYN, mss: 1460 })), { mss: 1460, ...nothing });
  const plain: TcpSettings = { ...OURS, hasTimestamps: false, hasSack: false, hasWindowScale: false };
  deepEqual(agree(plain, 7, segmentOf(ALL)), { mss: 1460, ...nothing });
});

test("a scale of more than 14 bits is one of 14 (RFC 7323 §2.3)", () =>
  equal(agree(OURS, 7, segmentOf({ ...ALL, windowScale: 200 })).sendScale, 14));

test("a SYN offers all we have, a SYN,ACK what the other has offered", () => {
  deepEqual(synOptions(OURS, 7, undefined), {
    mss: 1460,
    windowScale: 7,
    isSackPermitted: true,
    hasTimestamps: true,
  });
  deepEqual(synOptions(OURS, 7, agree(OURS, 7, segmentOf({ flags: SYN, isSackPermitted: true }))), {
    mss: 1460,
    windowScale: undefined,
    isSackPermitted: true,
    hasTimestamps: false,
  });
  equal(synOptions({ ...OURS, hasSack: false }, 7, undefined).isSackPermitted, false);
});

test("a SYN opens, unless it is one of something else", () => {
  for (const flags of [SYN, SYN | ECE | CWR, SYN | FIN]) equal(isOpening(segmentOf({ flags })), true);
  for (const flags of [0, ACK, SYN | ACK, SYN | RST, RST, FIN]) equal(isOpening(segmentOf({ flags })), false);
});
