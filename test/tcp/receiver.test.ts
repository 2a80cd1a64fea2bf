import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Receiver } from "../../src/tcp/receiver.ts";
import { plus } from "../../src/tcp/sequence.ts";
import { ACK, FIN, segmentOf, URG } from "../../src/wire/tcp-segment.ts";

const ROOM = 1000;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** Expects byte 0 first, an `a`; 1 is a `b`. `"3-5"` is a segment of these bytes, `"3-5!"` has a FIN behind them. */
function after(words: string, base = 0): Receiver {
  const receiver = new Receiver(base, ROOM, ROOM);
  receiver.offer();
  for (const word of words.split(" ").filter((word) => word !== "")) come(receiver, word, base);
  return receiver;
}

function come(receiver: Receiver, word: string, base = 0): void {
  const [, from, to, fin] = /^(-?\d+)-(\d+)(!?)$/.exec(word)!;
  const length = Number(to) - Number(from);
  const payload = Uint8Array.from({ length }, (_, i) => ALPHABET.charCodeAt((Number(from) + i + 26) % 26));
  receiver.accept(segmentOf({ seq: plus(base, Number(from)), flags: fin === "!" ? ACK | FIN : ACK, payload }), 0);
}

function heard(receiver: Receiver): string {
  let text = "";
  for (let bytes = receiver.read(0); bytes !== undefined; bytes = receiver.read(0)) text += Buffer.from(bytes);
  return text;
}

const reports = (receiver: Receiver): string =>
  (receiver.reports(4) ?? []).map(({ start, end }) => `${start}-${end}`).join(" ");

const COMES: [what: string, segments: string, text: string, next: number, isEnded: boolean, reports: string][] = [
  ["in order", "0-3 3-6", "abcdef", 6, false, ""],
  ["out of order", "3-6", "", 0, false, "3-6"],
  ["a gap that is filled", "3-6 0-3", "abcdef", 6, false, ""],
  ["two gaps, the newest reported first", "3-4 7-8", "", 0, false, "7-8 3-4"],
  ["one of two gaps filled", "3-4 7-8 0-3", "abcd", 4, false, "7-8"],
  ["a part that was here before, which is reported (RFC 2883 §4)", "0-3 1-5", "abcde", 5, false, "1-3"],
  ["what waits already, reported with where it lies (RFC 2883 §4.2)", "3-9 4-6", "", 0, false, "4-6 3-9"],
  ["one that fills the gap and more", "3-4 0-6", "abcdef", 6, false, ""],
  ["a FIN in order", "0-3!", "abc", 4, true, ""],
  ["a FIN alone", "0-3 3-3!", "abc", 4, true, ""],
  ["a FIN ahead of its turn", "3-6!", "", 0, false, "3-6"],
  ["a FIN ahead of its turn, then the rest", "3-6! 0-3", "abcdef", 7, true, ""],
  ["a FIN alone ahead of its turn, then the rest", "3-3! 0-3", "abc", 4, true, ""],
  ["data behind a FIN, out of order, is nothing", "3-3! 5-7 0-3", "abc", 4, true, ""],
  ["a FIN that was none of the peer's does not keep its own from being heard", "3-3! 0-5 5-6!", "abcdef", 7, true, ""],
];

for (const base of [0, 0xffff_fffd]) {
  for (const [what, segments, text, next, isEnded, blocks] of COMES) {
    test(`${what}: ${segments}${base > 0 ? ", where the numbers wrap" : ""}`, () => {
      const receiver = after(segments, base);
      equal(receiver.hasReports, blocks !== "");
      if (base === 0) equal(reports(receiver), blocks);
      equal(receiver.readable, text.length);
      equal(heard(receiver), text);
      equal(receiver.next, plus(base, next));
      equal(receiver.isEnded, isEnded);
    });
  }
}

test("what came twice is told once", () => {
  const receiver = after("0-3 1-5");
  equal(reports(receiver), "1-3");
  equal(receiver.reports(4), undefined);
});

test("a segment that was refused since all of it had come is reported (RFC 2883 §4.1)", () => {
  const receiver = after("0-5");
  receiver.refused(segmentOf({ seq: 2, payload: new Uint8Array(2) }));
  equal(reports(receiver), "2-4");
  // Not what lies ahead, nor what carries nothing.
  receiver.refused(segmentOf({ seq: 4, payload: new Uint8Array(2) }));
  receiver.refused(segmentOf({ seq: 2 }));
  equal(receiver.hasReports, false);
});

test("no more than three or four blocks, the duplicate among them", () => {
  const receiver = after("2-3 4-5 6-7 8-9 10-11");
  equal(receiver.reports(4)!.length, 4);
  come(receiver, "2-3");
  deepEqual(receiver.reports(3)![0], { start: 2, end: 3 });
});

/** RFC 5681 §4.2, RFC 9293 §3.8.6.3. */
const ANSWERS: [what: string, segments: string, isDue: boolean][] = [
  ["one in order", "0-100", false],
  ["one out of order", "100-200", true],
  ["one that fills a gap", "100-200 0-100", true],
  ["one that fills a part of a gap", "300-400 0-100", true],
  ["one that was here", "0-100 0-100", true],
  ["a FIN", "0-0!", true],
  ["a FIN ahead of its turn", "100-100!", true],
];

for (const [what, segments, isDue] of ANSWERS) {
  test(`${what} is answered ${isDue ? "at once" : "a little later"}`, () => {
    const words = segments.split(" ");
    const receiver = after(words.slice(0, -1).join(" "));
    receiver.acks.sent();
    come(receiver, words.at(-1)!);
    equal(receiver.acks.isDue, isDue);
    ok(isDue || receiver.acks.at !== undefined);
  });
}

test("beyond the window nothing is taken, and a FIN there is not heard", () => {
  const receiver = after("0-10");
  come(receiver, "990-1005!");
  equal(reports(receiver), "990-1000");
  come(receiver, "10-990");
  equal(receiver.next, 1000);
  equal(receiver.isEnded, false);
  equal(heard(receiver).length, 1000);
  receiver.offer();
  come(receiver, "1000-1005!");
  equal(receiver.isEnded, true);
});

test("what waits counts, in order and out of order: the window never promises more than there is room for", () => {
  const receiver = after("0-100 200-300");
  equal(receiver.offer(), 900);
  equal(heard(receiver).length, 100);
  equal(receiver.offer(), 900);
});

test("a closed window opens when it is worth it, and says so", () => {
  const receiver = after("0-1000");
  receiver.acks.sent();
  equal(receiver.offer(), 0);
  receiver.read(0);
  equal(receiver.acks.isDue, true);
  equal(receiver.offer(), ROOM);
});

test("what nobody reads is acknowledged and dropped", () => {
  const receiver = after("0-10");
  equal(receiver.stopReading(), true);
  equal(receiver.readable, 0);
  come(receiver, "10-20");
  equal(receiver.next, 20);
  equal(receiver.read(0), undefined);
  equal(receiver.stopReading(), false);
});

test("urgent data ends before the byte that the pointer names (RFC 9293 MUST-62, RFC 6093), and a later pointer counts (MUST-32)", () => {
  const receiver = after("0-5");
  equal(receiver.hearUrgent(segmentOf({ seq: 5, flags: ACK | URG, urgent: 3 })), true);
  equal(receiver.urgent, 8);
  equal(receiver.hearUrgent(segmentOf({ seq: 5, flags: ACK | URG, urgent: 2 })), false);
  equal(receiver.hearUrgent(segmentOf({ seq: 5, flags: ACK | URG, urgent: 10 })), true);
  equal(receiver.urgent, 15);
  receiver.read(0);
  equal(receiver.urgent, 10);
  come(receiver, "5-15");
  receiver.read(0);
  equal(receiver.urgent, 0);
});

test("many small pieces may fill it, but never keep out the one for which they all wait", () => {
  const room = 100_000;
  const receiver = new Receiver(0, room, room);
  receiver.offer();
  for (let at = 10; at < 20_000; at += 2)
    receiver.accept(segmentOf({ seq: at, flags: ACK, payload: Uint8Array.of(0) }), 0);
  receiver.reports(4);
  receiver.accept(segmentOf({ seq: 50_000, flags: ACK, payload: new Uint8Array(10) }), 0);
  // It was not taken, and nobody says that it came twice.
  ok(!receiver.reports(4)!.some(({ start }) => start === 50_000));
  receiver.accept(segmentOf({ seq: 0, flags: ACK, payload: new Uint8Array(10_000) }), 0);
  equal(receiver.next, 10_001);
});
