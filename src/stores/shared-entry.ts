/**
 * The written form of a stored response in Redis: one value of the hash of its key.
 *
 *     "m1" | flag | stamp | pieces | head | id of each piece … || length | spans | first, size … | said | content
 *       2     1      24       3       8         24 each             8        2       16 each
 *
 * What stands before the double line is text of fixed width, since scripts (shared-scripts.ts) read it: whether it is valid
 * ("v") or invalid ("i"), when and by whom it was written, and where its content is. A short content follows what is said
 * (`head` tells where); a longer one is in pieces, under names of their own, and no byte of it is here.
 */

import type { Said } from "../cache/said.ts";
import type { ByteRange } from "../http/ranges.ts";
import { decodeSaid, encodeSaid } from "./record.ts";

/** Where things are in the part that scripts read, counted from 0. */
export const LAYOUT = { flag: 2, stamp: 3, stampLength: 24, pieces: 27, head: 30, ids: 38 } as const;

/** As many as three digits can tell, and more than a player asks for; each is a name to look after. */
export const MOST_PIECES = 256;

/** Bytes one after the other, and where they are in the whole; in Redis under a name with this id, or within the entry. */
export interface Span {
  readonly first: number;
  readonly size: number;
  readonly id: string | undefined;
}

export interface Entry {
  readonly said: Said;
  /** Another one for each time it is written, so that nobody changes what he has not seen. */
  readonly stamp: string;
  /** Of the whole content. */
  readonly length: number;
  /** In ascending order; either each has an id, or none. */
  readonly spans: readonly Span[];
  /** The bytes of spans without an id, joined. */
  readonly bytes: Uint8Array;
}

/**
 * All of an entry but the bytes of its content, which may be put behind it.
 *
 * @internal
 */
export function encodeHead({ said, stamp, length, spans }: Omit<Entry, "bytes">): Buffer {
  const record = encodeSaid(said);
  const ids = spans.flatMap(({ id }) => id ?? []);
  const from = LAYOUT.ids + ids.length * LAYOUT.stampLength;
  const at = from + COUNTS + spans.length * SPAN;
  const head = Buffer.allocUnsafe(at + record.length);
  const numbers = `${ids.length}`.padStart(3, "0") + `${head.length}`.padStart(8, "0");
  head.write(`m1${said.isInvalid ? "i" : "v"}${stamp}${numbers}${ids.join("")}`, "latin1");
  head.writeDoubleBE(length, from);
  head.writeUInt16BE(spans.length, from + 8);
  for (const [i, { first, size }] of spans.entries()) {
    head.writeDoubleBE(first, from + COUNTS + i * SPAN);
    head.writeDoubleBE(size, from + COUNTS + i * SPAN + 8);
  }
  head.set(record, at);
  return head;
}

const FIXED = /^m1([vi])([\w-]{24})(\d{3})(\d{8})$/;

/** The length and how many spans; and one of these. Lengths are doubles: 32 bits do not do, and JavaScript has no others. */
const COUNTS = 10;
const SPAN = 16;

/**
 * The entry that this was written from; undefined where it is damaged, somebody else's, or of another key.
 *
 * @internal
 */
export function decodeEntry(value: Uint8Array, key: string): Entry | undefined {
  const whole = Buffer.from(value.buffer, value.byteOffset, value.length);
  const [, flag, stamp, pieces, end] = FIXED.exec(whole.toString("latin1", 0, LAYOUT.ids)) ?? [];
  if (stamp === undefined) return undefined;
  const ids = idsIn(whole, Number(pieces));
  const from = LAYOUT.ids + ids.length * LAYOUT.stampLength;
  if (Number(end) > whole.length || from + COUNTS > Number(end)) return undefined;

  const length = whole.readDoubleBE(from);
  const count = whole.readUInt16BE(from + 8);
  const at = from + COUNTS + count * SPAN;
  if (at > Number(end) || (ids.length > 0 && ids.length !== count)) return undefined;
  const spans = spansIn(whole.subarray(from + COUNTS, at), ids, length);
  const said = decodeSaid(whole.subarray(at, Number(end)));
  if (spans === undefined || said?.key !== key) return undefined;
  const bytes = whole.subarray(Number(end));
  if (bytes.length !== (ids.length > 0 ? 0 : sizeOf(spans))) return undefined;
  return { said: { ...said, isInvalid: flag === "i" }, stamp, length, spans, bytes };
}

function idsIn(whole: Buffer, count: number): string[] {
  const at = (i: number): number => LAYOUT.ids + i * LAYOUT.stampLength;
  return Array.from({ length: count }, (_, i) => whole.toString("latin1", at(i), at(i + 1)));
}

/** Undefined where they are not in order, or not within the whole. */
function spansIn(bytes: Buffer, ids: readonly string[], length: number): Span[] | undefined {
  if (!Number.isSafeInteger(length) || length < 0) return undefined;
  const spans: Span[] = [];
  let end = 0;
  for (let at = 0; at < bytes.length; at += SPAN) {
    const first = bytes.readDoubleBE(at);
    const size = bytes.readDoubleBE(at + 8);
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(size)) return undefined;
    if (first < end || size < 1 || first + size > length) return undefined;
    end = first + size;
    spans.push({ first, size, id: ids[spans.length] });
  }
  return spans;
}

/**
 * How many bytes they have.
 *
 * @internal
 */
export const sizeOf = (spans: readonly Span[]): number => spans.reduce((sum, { size }) => sum + size, 0);

/**
 * What is here of a content, as a store tells it: undefined where it is all.
 *
 * @internal
 */
export function rangesOf(spans: readonly Span[], length: number): readonly ByteRange[] | undefined {
  const ranges: { first: number; last: number }[] = [];
  for (const { first, size } of spans) {
    const before = ranges.at(-1);
    if (before?.last === first - 1) before.last += size;
    else ranges.push({ first, last: first + size - 1 });
  }
  const isWhole = length === 0 || (ranges.length === 1 && ranges[0]!.first === 0 && ranges[0]!.last === length - 1);
  return isWhole ? undefined : ranges;
}
