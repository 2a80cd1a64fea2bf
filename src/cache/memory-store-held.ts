/** How content is held in memory: in the way that costs least for its size. */

import { fromLatin1, latin1 } from "../base/bytes.ts";
import type { Body } from "../http/message.ts";
import { type Piece, Pieces } from "./memory-store-pieces.ts";

/**
 * - text of one byte a letter, where it is short: V8 takes 20 bytes for it besides, and 280 for a buffer;
 * - a buffer without a view, which would be another 100: views are made when somebody reads;
 * - pieces, where not all is here.
 */
export type Held = string | ArrayBuffer | Pieces;

/** Above this a buffer costs little in proportion, and the garbage collector should not carry the bytes about. */
const SHORT = 1024;

/** What a buffer takes besides its bytes: V8's object, the one behind it, what malloc adds. Measured by bench/objects.ts. */
const BUFFER = 320;

/** A piece is an object with a buffer. */
const PIECE = BUFFER + 72;

/**
 * What came, in a buffer that nobody else writes to. `length` is how many bytes the whole has, where this is not all.
 *
 * @example
 * hold({ first: 0, bytes: new ArrayBuffer(3) }); // "\0\0\0"
 * hold({ first: 1, bytes: new ArrayBuffer(3) }, 5) instanceof Pieces; // true
 */
export function hold(piece: Piece, length?: number): Held {
  const end = piece.first + piece.bytes.byteLength;
  const pieces = Pieces.of(piece, Math.max(end, length ?? end));
  return inOne(pieces) ?? pieces;
}

/**
 * What came, with what is here; undefined where that has become too many pieces.
 *
 * @example
 * const held = hold({ first: 1, bytes: new ArrayBuffer(2) }, 3);
 * holdJoined({ first: 0, bytes: new ArrayBuffer(1) }, held); // "\0\0\0"
 */
export function holdJoined(piece: Piece, onto: Held): Held | undefined {
  if (!(onto instanceof Pieces)) return onto;
  const pieces = onto.with(piece);
  return pieces && (inOne(pieces) ?? pieces);
}

function inOne(pieces: Pieces): Held | undefined {
  const whole = pieces.whole();
  return whole !== undefined && whole.byteLength <= SHORT ? latin1(new Uint8Array(whole)) : whole;
}

/**
 * How many bytes the whole has.
 *
 * @example
 * lengthOf("tea"); // 3
 */
export const lengthOf = (held: Held): number => (held instanceof ArrayBuffer ? held.byteLength : held.length);

/**
 * How many of them are here.
 *
 * @example
 * sizeOf("tea"); // 3
 */
export const sizeOf = (held: Held): number => (held instanceof Pieces ? held.size : lengthOf(held));

/**
 * Bytes of memory outside of V8's heap, and what their buffers cost on it.
 *
 * @example
 * bufferWeight("tea"); // 0
 */
export function bufferWeight(held: Held): number {
  if (typeof held === "string") return 0;
  return held instanceof ArrayBuffer ? held.byteLength + BUFFER : held.size + held.list.length * PIECE;
}

/**
 * All of it as bytes, where all is here.
 *
 * @example
 * bytesOf("tea"); // Uint8Array [116, 101, 97]
 */
export function bytesOf(held: Held): Uint8Array | undefined {
  if (typeof held === "string") return fromLatin1(held);
  return held instanceof ArrayBuffer ? new Uint8Array(held) : undefined;
}

/**
 * Some of it, which must be here.
 *
 * @example
 * readFrom("tea", 1, 2); // Uint8Array [101, 97]
 */
export function readFrom(held: Held, first: number, last: number): Uint8Array | Body {
  if (typeof held === "string") return fromLatin1(held.slice(first, last + 1));
  return held instanceof ArrayBuffer ? new Uint8Array(held, first, last - first + 1) : held.read(first, last);
}
