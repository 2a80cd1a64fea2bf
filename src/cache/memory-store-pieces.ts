/** Content of which only parts are here (RFC 9111 §3.3, §3.4): kept as they came, without room for what is missing. */

import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";

/** Bytes, and where in the whole the first of them belongs. */
export interface Piece {
  readonly first: number;
  readonly bytes: ArrayBuffer;
}

/** Two that touch one another become one up to this size: it costs a copy, but saves a piece. */
const WORTH_JOINING = 64 * 1024;

/** Each is looked at when another comes. Nobody who means well leaves more gaps. */
const MOST_PIECES = 1024;

/**
 * Never changes: with more bytes there are other pieces, of the same family.
 *
 * @example
 * const pieces = Pieces.of({ first: 0, bytes: new ArrayBuffer(10) }, 100);
 * pieces.with({ first: 10, bytes: new ArrayBuffer(20) })?.ranges; // [{ first: 0, last: 29 }]
 */
export class Pieces {
  /** How many bytes the whole has. */
  readonly length: number;
  /** How many are here. */
  readonly size: number;
  /** In ascending order. */
  readonly list: readonly Piece[];
  /** The same for all that stem from the same first piece. */
  readonly family: object;

  private constructor(list: readonly Piece[], length: number, family: object) {
    this.list = list;
    this.length = length;
    this.family = family;
    this.size = list.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  static of(piece: Piece, length: number): Pieces {
    return new Pieces(piece.bytes.byteLength === 0 ? [] : [piece], length, {});
  }

  /** Those, and what of `piece` is not here yet. Undefined where they would become too many. */
  with(piece: Piece): Pieces | undefined {
    const list = joined([...this.list, ...this.#missing(piece)].sort((a, b) => a.first - b.first));
    return list.length > MOST_PIECES ? undefined : new Pieces(list, this.length, this.family);
  }

  get ranges(): readonly ByteRange[] {
    const ranges: { first: number; last: number }[] = [];
    for (const piece of this.list) {
      const before = ranges.at(-1);
      if (before?.last === piece.first - 1) before.last = lastOf(piece);
      else ranges.push({ first: piece.first, last: lastOf(piece) });
    }
    return ranges;
  }

  /** All in one, where none is missing. */
  whole(): ArrayBuffer | undefined {
    return this.size < this.length ? undefined : (join(this.list) ?? new ArrayBuffer(0));
  }

  read(first: number, last: number): Uint8Array | Body {
    const views: Uint8Array[] = [];
    for (const piece of this.list) {
      const from = Math.max(first, piece.first);
      const to = Math.min(last, lastOf(piece));
      if (from <= to) views.push(new Uint8Array(piece.bytes, from - piece.first, to - from + 1));
    }
    if (views.length === 1) return views[0]!;
    return new Views(views, last - first + 1);
  }

  /** What of a piece falls into the gaps. */
  #missing(piece: Piece): Piece[] {
    const missing: Piece[] = [];
    let from = piece.first;
    for (const one of this.list) {
      if (lastOf(one) < from) continue;
      if (one.first > lastOf(piece)) break;
      if (one.first > from) missing.push(cut(piece, from, one.first));
      from = lastOf(one) + 1;
    }
    if (from <= lastOf(piece)) missing.push(cut(piece, from, lastOf(piece) + 1));
    return missing;
  }
}

const lastOf = ({ first, bytes }: Piece): number => first + bytes.byteLength - 1;

function cut(piece: Piece, from: number, to: number): Piece {
  if (from === piece.first && to === lastOf(piece) + 1) return piece;
  return { first: from, bytes: piece.bytes.slice(from - piece.first, to - piece.first) };
}

/** Small ones that touch one another are put together. */
function joined(list: readonly Piece[]): Piece[] {
  const fewer: Piece[] = [];
  for (const piece of list) {
    const before = fewer.at(-1);
    const touches = before !== undefined && lastOf(before) === piece.first - 1;
    if (touches && before.bytes.byteLength + piece.bytes.byteLength <= WORTH_JOINING) {
      fewer[fewer.length - 1] = { first: before.first, bytes: join([before, piece])! };
    } else fewer.push(piece);
  }
  return fewer;
}

/** One buffer for all; of one alone its own. */
function join(list: readonly Piece[]): ArrayBuffer | undefined {
  if (list.length <= 1) return list[0]?.bytes;
  const whole = new Uint8Array(list.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
  let at = 0;
  for (const { bytes } of list) {
    whole.set(new Uint8Array(bytes), at);
    at += bytes.byteLength;
  }
  return whole.buffer;
}

/** One after the other, at once. */
class Views implements Body {
  readonly length: number;
  #views: readonly Uint8Array[];
  #next = 0;

  constructor(views: readonly Uint8Array[], length: number) {
    this.#views = views;
    this.length = length;
  }

  read(): Uint8Array | undefined {
    return this.#views[this.#next++];
  }

  cancel(): void {
    this.#views = [];
  }
}
