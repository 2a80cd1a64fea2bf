/** Memory for what waits to be read, in large pieces that whoever has read them may give back: new memory is slow, since nobody has touched it yet. */

import { newBytes } from "../base/bytes.ts";

/** The length of a large piece. */
export const LARGE = 65_536;

/** So many are kept: a window of a few megabytes. */
const MOST = 64;

const idle: Uint8Array[] = [];

/** By its length none could be told from others: Node's pool of small buffers is as long, and its first one begins where a piece does. */
const ours = new WeakSet<ArrayBufferLike>();

/**
 * Bytes to be filled, of this length at least.
 *
 * @example
 * takePiece(100).length; // 100
 * takePiece(40_000).length; // 65536
 */
export function takePiece(length: number): Uint8Array {
  if (length < LARGE / 4 || length > LARGE) return newBytes(length);
  return idle.pop() ?? newPiece();
}

function newPiece(): Uint8Array {
  // Nothing so large comes out of that pool.
  const { buffer } = newBytes(LARGE);
  ours.add(buffer);
  return new Uint8Array(buffer);
}

/**
 * Takes a piece back, or what was filled of it, that nobody looks at any more. Others are let be.
 *
 * @example
 * givePiece(takePiece(40_000).subarray(0, 40_000));
 */
export function givePiece(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.byteOffset === 0 && ours.has(buffer) && idle.length < MOST) idle.push(new Uint8Array(buffer));
}
