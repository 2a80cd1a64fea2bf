import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pieces } from "../../src/cache/memory-store-pieces.ts";
import { bytesOf, contentOf, KIB } from "../stores/contract.ts";

const LENGTH = 200;
const CONTENT = contentOf(3, LENGTH);
const pieceOf = (first: number, last: number, from: Uint8Array = CONTENT) => ({
  first,
  bytes: Uint8Array.from(from.subarray(first, last + 1)).buffer,
});

test("whatever comes, also twice, each byte is there as it was", async () => {
  const range = fc
    .tuple(fc.nat(LENGTH - 1), fc.nat(60))
    .map(([first, more]) => [first, Math.min(first + more, LENGTH - 1)] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
      const here = new Uint8Array(LENGTH);
      let pieces: Pieces | undefined;
      for (const [first, last] of ranges) {
        const piece = pieceOf(first, last);
        pieces = pieces === undefined ? Pieces.of(piece, LENGTH) : pieces.with(piece)!;
        here.fill(1, first, last + 1);
        equal(
          pieces.size,
          here.reduce((sum, one) => sum + one, 0),
        );
        const found = new Uint8Array(LENGTH);
        for (const { first, last } of pieces.ranges) {
          found.fill(1, first, last + 1);
          ok((await bytesOf(pieces.read(first, last))).equals(CONTENT.subarray(first, last + 1)));
        }
        deepEqual(found, here);
        const whole = pieces.whole();
        equal(whole !== undefined, pieces.size === LENGTH);
        if (whole !== undefined) ok(Buffer.from(whole).equals(CONTENT));
      }
    }),
  );
});

test("those with more bytes are others, of the same family", () => {
  const one = Pieces.of(pieceOf(0, 9), LENGTH);
  const two = one.with(pieceOf(20, 29))!;
  deepEqual(one.ranges, [{ first: 0, last: 9 }]);
  equal(two.family, one.family);
  ok(Pieces.of(pieceOf(0, 9), LENGTH).family !== one.family);
});

test("small pieces that touch become one, large ones stay as they are", () => {
  const large = contentOf(4, 300 * KIB);
  let pieces = Pieces.of(pieceOf(0, 9, large), large.length);
  for (let first = 10; first < 1000; first += 10) pieces = pieces.with(pieceOf(first, first + 9, large))!;
  equal(pieces.list.length, 1);
  const bytes = pieceOf(1000, 100 * KIB - 1, large);
  pieces = pieces.with(bytes)!;
  equal(pieces.list.length, 2);
  equal(pieces.list[1]!.bytes, bytes.bytes);
  deepEqual(pieces.ranges, [{ first: 0, last: 100 * KIB - 1 }]);
});

test("more than 1024 gaps nobody needs who means well", () => {
  const large = contentOf(5, 10_000);
  let pieces = Pieces.of(pieceOf(0, 0, large), large.length);
  for (let first = 2; first < 2048; first += 2) pieces = pieces.with(pieceOf(first, first, large))!;
  equal(pieces.list.length, 1024);
  equal(pieces.with(pieceOf(3000, 3000, large)), undefined);
  // What fills a gap is welcome.
  equal(pieces.with(pieceOf(1, 1, large))?.list.length, 1023);
});

test("no bytes are no piece", () => {
  const none = Pieces.of({ first: 5, bytes: new ArrayBuffer(0) }, LENGTH);
  deepEqual([none.ranges, none.size, none.whole()], [[], 0, undefined]);
  equal(Pieces.of({ first: 0, bytes: new ArrayBuffer(0) }, 0).whole()?.byteLength, 0);
});
