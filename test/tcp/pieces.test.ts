import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { givePiece, LARGE, takePiece } from "../../src/tcp/pieces.ts";

/** What is kept is taken first, and the last one given before the others. */
const isKept = (bytes: Uint8Array): boolean => {
  givePiece(bytes);
  return takePiece(LARGE).buffer === bytes.buffer;
};

for (const [asked, length] of [
  [0, 0],
  [1, 1],
  [LARGE / 4 - 1, LARGE / 4 - 1],
  [LARGE / 4, LARGE],
  [LARGE, LARGE],
  [LARGE + 1, LARGE + 1],
] as const) {
  test(`who asks for ${asked} bytes gets ${length}`, () => {
    equal(takePiece(asked).length, length);
  });
}

test("a large piece that is given back is had again, whole", () => {
  const piece = takePiece(LARGE);
  givePiece(piece.subarray(0, 40_000));
  const again = takePiece(LARGE);
  equal(again.buffer, piece.buffer);
  equal(again.length, LARGE);
  notEqual(takePiece(LARGE).buffer, piece.buffer);
});

test("other bytes are let be", () => {
  equal(isKept(takePiece(LARGE).subarray(1)), false);
  equal(isKept(takePiece(100)), false);
  equal(isKept(new Uint8Array(LARGE)), false);
});

test("small bytes at the beginning of Node's pool, which is as long as a piece, are let be: others are in there, too", () => {
  const { poolSize } = Buffer;
  Buffer.poolSize = LARGE;
  try {
    // The next pool begins when this one is used up.
    let first = takePiece(100);
    while (first.byteOffset !== 0 || first.buffer.byteLength !== LARGE) first = takePiece(100);
    equal(isKept(first), false);
  } finally {
    Buffer.poolSize = poolSize;
  }
});
