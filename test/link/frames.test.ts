import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { giveFrame, takeFrame } from "../../src/link/frames.ts";

test("a frame is as long as it was asked for, whatever was lent before", () => {
  for (const length of [0, 1, 7, 8, 60, 1514, 4096, 4097, 9014, 65_549, 200_000, 60, 1514]) {
    const frame = takeFrame(length);
    equal(frame.length, length);
    giveFrame(frame);
  }
});

test("what was given back is lent again, to who asks for this length", () => {
  for (const length of [61, 5001]) {
    const frame = takeFrame(length);
    giveFrame(frame);
    notEqual(takeFrame(length + 1), frame);
    equal(takeFrame(length), frame);
    notEqual(takeFrame(length), frame);
  }
});

test("no two that are lent at the same time share a byte", () => {
  const LENGTHS = fc.array(fc.oneof(fc.constantFrom(0, 1, 60, 1514, 4096, 4097), fc.nat(5000)), { maxLength: 100 });
  fc.assert(
    fc.property(LENGTHS, fc.infiniteStream(fc.boolean()), (lengths, isKept) => {
      const kept: Uint8Array[] = [];
      for (const length of lengths) {
        const frame = takeFrame(length);
        if (isKept.next().value) giveFrame(frame);
        else kept.push(frame.fill(kept.length));
      }
      for (const [i, frame] of kept.entries()) ok(frame.every((byte) => byte === i));
      for (const frame of kept) giveFrame(frame);
    }),
    { numRuns: 50 },
  );
});

/** How many of those given back are lent again. */
function lentAgain(length: number, count: number): number {
  const given = new Set<Uint8Array>(Array.from({ length: count }, () => new Uint8Array(length)));
  for (const frame of given) giveFrame(frame);
  return Array.from({ length: count }, () => takeFrame(length)).filter((frame) => given.has(frame)).length;
}

test("not more than a few megabytes of one length lie idle, and empty ones come to an end too", () => {
  const megabytes = (lentAgain(50_000, 500) * 50_000) / 1024 ** 2;
  ok(megabytes > 3.9 && megabytes <= 4, String(megabytes));
  ok(lentAgain(0, 100_000) < 50_000);
});

test("lengths that nobody asks for any more do not keep out those that are asked for", () => {
  for (let length = 10_000; length < 13_000; length++) giveFrame(new Uint8Array(length));
  const frame = takeFrame(1514);
  giveFrame(frame);
  deepEqual(lentAgain(1514, 100), 100);
});
