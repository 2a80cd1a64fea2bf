import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { givePiece, LARGE, takePiece } from "../../src/tcp/pieces.ts";

test("small pieces are as long as wanted, large ones have all one length", () => {
  for (const length of [0, 1, 2048, LARGE / 4 - 1]) equal(takePiece(length).length, length);
  for (const length of [LARGE / 4, 40_000, LARGE]) equal(takePiece(length).length, LARGE);
  equal(takePiece(LARGE + 1).length, LARGE + 1);
});

test("what is given back comes again, whole, even if only its beginning was filled", () => {
  const piece = takePiece(LARGE);
  givePiece(piece.subarray(0, 5));
  const again = takePiece(LARGE);
  equal(again.buffer, piece.buffer);
  equal(again.length, LARGE);
  notEqual(takePiece(LARGE).buffer, piece.buffer);
});

test("what is not ours, or not the beginning of a piece, is let be", () => {
  const foreign = new Uint8Array(LARGE);
  givePiece(foreign);
  notEqual(takePiece(LARGE).buffer, foreign.buffer);
  const piece = takePiece(LARGE);
  givePiece(piece.subarray(1));
  notEqual(takePiece(LARGE).buffer, piece.buffer);
});

test("no more than a window of them is kept", () => {
  const pieces = Array.from({ length: 1000 }, () => takePiece(LARGE));
  for (const piece of pieces) givePiece(piece);
  const known = new Set(pieces.map(({ buffer }) => buffer));
  let again = 0;
  for (let i = 0; i < 1000; i++) if (known.has(takePiece(LARGE).buffer)) again++;
  equal(again, 64);
});
