import { equal } from "node:assert/strict";
import { test } from "node:test";
import { SendWindow } from "../../src/tcp/send-window.ts";

/** RFC 9293 §3.10.7.4: “If (SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK))”. Before: 1000 at seq 100, ack 50. */
const UPDATES: [what: string, seq: number, ack: number, isNews: boolean][] = [
  ["from a later segment", 101, 50, true],
  ["from a later segment with an older ACK", 101, 49, true],
  ["from the same number with a later ACK", 100, 51, true],
  ["said again", 100, 50, true],
  ["from the same number with an older ACK", 100, 49, false],
  ["from an older segment", 99, 60, false],
  ["from an older segment, half a circle away", (100 - 2 ** 31 + 1) >>> 0, 60, false],
];

for (const [what, seq, ack, isNews] of UPDATES) {
  test(`a window ${what} is ${isNews ? "news" : "old"}`, () => {
    const window = new SendWindow();
    window.update(100, 50, 1000);
    equal(window.update(seq, ack, 3000), isNews);
    equal(window.size, isNews ? 3000 : 1000);
  });
}

test("said again, it has not changed", () => {
  const window = new SendWindow();
  equal(window.update(0xffff_ffff, 50, 1000), true);
  equal(window.update(0xffff_ffff, 50, 1000), false);
  equal(window.update(0, 50, 1000), false);
  equal(window.update(1, 50, 1001), true);
});

test("what is usable shrinks with what is sent; a window that shrinks makes it negative (RFC 9293 MUST-34)", () => {
  const window = new SendWindow();
  window.update(0, 0xffff_ff00, 1000);
  equal(window.usable(0xffff_ff00, 0xffff_ff00), 1000);
  equal(window.usable(0xffff_ff00, 0), 1000 - 256);
  window.update(0, 0xffff_ff00, 100);
  equal(window.usable(0xffff_ff00, 0), 100 - 256);
  equal(window.largest, 1000);
});

/** RFC 9293 §3.8.6.2.1 (MUST-38); the peer's largest window was 4000, a segment takes 1000. */
const WORTH: [what: string, length: number, isLast: boolean, mayBeShort: boolean, isWorthIt: boolean][] = [
  ["(1) a full segment", 1000, false, false, true],
  ["(2) the last of what there is, nothing short being under way", 1, true, true, true],
  ["Nagle: the last of what there is, while a short one is under way", 999, true, false, false],
  ["(3) half of the largest window there was", 2000, false, false, true],
  ["less than a segment, since the window has no more room", 999, false, true, false],
  ["nothing", 0, false, true, false],
];

for (const [what, length, isLast, mayBeShort, isWorthIt] of WORTH) {
  test(`${isWorthIt ? "worth sending" : "not worth sending"}: ${what}`, () => {
    const window = new SendWindow();
    window.update(0, 0, 4000);
    equal(window.isWorthIt(length, 1000, isLast, mayBeShort), isWorthIt);
  });
}

test("a peer with a buffer smaller than a segment gets half of it at least", () => {
  const window = new SendWindow();
  window.update(0, 0, 500);
  equal(window.isWorthIt(249, 1000, false, true), false);
  equal(window.isWorthIt(250, 1000, false, true), true);
});
