import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReceiveWindow } from "../../src/tcp/receive-window.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";

/** RFC 9293 §3.4, the table of four cases; the window begins at 1000. */
const CASES: [what: string, length: number, window: number, seq: number, isAcceptable: boolean][] = [
  ["nothing, no window, at its place", 0, 0, 1000, true],
  ["nothing, no window, before", 0, 0, 999, false],
  ["nothing, no window, behind", 0, 0, 1001, false],
  ["nothing, at the beginning of the window", 0, 100, 1000, true],
  ["nothing, at the end of the window", 0, 100, 1099, true],
  ["nothing, right behind the window: from a peer that has used it up, against the RFC's letter", 0, 100, 1100, true],
  ["nothing, before the window", 0, 100, 999, false],
  ["nothing, beyond the window", 0, 100, 1101, false],
  ["data, no window", 1, 0, 1000, false],
  ["data, at the beginning", 10, 100, 1000, true],
  ["data, the end of which is in the window", 10, 100, 991, true],
  ["data, all of which is old", 10, 100, 990, false],
  ["data, the last byte of the window", 1, 100, 1099, true],
  ["data, the beginning of which is in the window", 10, 100, 1099, true],
  ["data, behind the window", 10, 100, 1100, false],
  ["data, half a circle away", 10, 100, 1000 + 2 ** 31, false],
];

for (const shift of [0, 0xffff_ffff - 1050]) {
  for (const [what, length, window, seq, isAcceptable] of CASES) {
    test(`${isAcceptable ? "acceptable" : "not acceptable"}: ${what}${shift > 0 ? ", where the numbers wrap" : ""}`, () => {
      const next = plus(1000, shift);
      const receive = new ReceiveWindow(next, window, 1000);
      receive.offer(next, 0, 1);
      equal(receive.isAcceptable(next, plus(seq, shift), length), isAcceptable);
    });
  }
}

test("what has been offered is never taken back (RFC 9293 SHLD-14), nor more offered than there is room for, nor a little (MUST-39)", () => {
  const step = fc.record({ comes: fc.nat(3000), isRead: fc.nat(3000) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 1460 }),
      fc.nat(0xffff_ffff),
      fc.array(step, { maxLength: 60 }),
      (capacity, mss, start, steps) => {
        const window = new ReceiveWindow(start, capacity, capacity);
        let next = start;
        let held = 0;
        for (const { comes, isRead } of steps) {
          const { edge } = window;
          const offered = window.offer(next, held, mss);
          const opened = distance(edge, window.edge);
          equal(offered, distance(next, window.edge));
          ok(opened >= 0, "It has shrunk");
          ok(offered + held <= capacity, "There is not so much room");
          ok(opened === 0 || opened >= Math.min(capacity / 2, mss), `It has opened by ${opened}`);
          const bytes = Math.min(comes, offered);
          next = plus(next, bytes);
          held += bytes;
          held -= Math.min(held, isRead);
        }
        // When all is read, there is a window again.
        ok(window.offer(next, 0, mss) >= Math.min(capacity / 2, capacity));
      },
    ),
  );
});

/** A window of 10,000, segments of 1000: what is offered, what waits to be read. */
const TELLING: [what: string, offered: number, held: number, isWorthTelling: boolean][] = [
  ["the window was closed, and now there is room for a segment", 0, 9000, true],
  ["the window was closed, and there is room for less than a segment", 0, 9001, false],
  ["more than a third of the window is still open", 3334, 0, false],
  ["the window has become twice as large", 3000, 4000, true],
  ["the window has become larger, but not twice as large", 3000, 4001, false],
];

for (const [what, offered, held, isWorthTelling] of TELLING) {
  test(`${isWorthTelling ? "worth a word" : "not worth a word"}: ${what}`, () => {
    const window = new ReceiveWindow(0, 10_000, 10_000);
    window.offer(0, 0, 1000);
    equal(window.isWorthTelling(10_000 - offered, held, 1000), isWorthTelling);
  });
}

/** A sender that uses the whole window each round trip, and a reader that takes so much of it. */
function grown(share: number, rounds: number, largest = 1_000_000): number {
  const window = new ReceiveWindow(0, 10_000, largest);
  let next = 0;
  for (let now = 1000; now < 1000 + rounds * 100; now += 100) {
    const bytes = window.offer(next, 0, 1000);
    next += bytes;
    window.advanced(next, now);
    window.read(bytes * share, now);
  }
  return window.capacity;
}

test("who reads all that comes in a round trip gets more and more, up to a limit", () => {
  ok(grown(1, 12) > 500_000);
  equal(grown(1, 30), 1_000_000);
  equal(grown(1, 30, 50_000), 50_000);
});

test("who reads slowly gets no more than he has", () => equal(grown(0.2, 30), 10_000));

test("it begins with what Linux begins with, but not with more than it may have", () => {
  equal(new ReceiveWindow(0).capacity, 131_072);
  equal(new ReceiveWindow(0, undefined, 5000).capacity, 5000);
  deepEqual(new ReceiveWindow(7).edge, 7);
});
