/** Memory for what waits to be read, in large pieces that whoever has read them may give back: new memory is slow, since nobody has touched it yet. */

import { newBytes } from "../base/bytes.ts";

/** The length of a large piece. */
export const LARGE = 65_536;

/** So many are kept: a window of a few megabytes. */
const MOST = 64;

const idle: Uint8Array[] = [];

/**
 * Bytes to be filled, of this length at least.
 *
 * @example
 * takePiece(100).length; // 100
 * takePiece(40_000).length; // 65536
 */
export function takePiece(length: number): Uint8Array {
  if (length < LARGE / 4 || length > LARGE) return newBytes(length);
  return idle.pop() ?? new Uint8Array(newBytes(LARGE).buffer, 0, LARGE);
}

/**
 * Takes a piece back, or what was filled of it, that nobody looks at any more. Others are let be.
 *
 * @example
 * givePiece(takePiece(40_000).subarray(0, 40_000));
 */
export function givePiece(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer.byteLength === LARGE && bytes.byteOffset === 0 && idle.length < MOST) idle.push(new Uint8Array(buffer));
}
