/**
 * Where the bytes of an answer come from: out of a store, from what has come whole, or from content that is still on
 * its way.
 */

import type { PlacedRange } from "../cache/gaps.ts";
import type { Content } from "../cache/store.ts";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import { SkimmedBody } from "./skimmed-body.ts";

export interface Source {
  /** How many bytes the whole has; undefined where nobody knows before it has come. */
  readonly length: number | undefined;
  /** Which of them are here, where it is not all. */
  readonly range?: ByteRange | undefined;
  /** It can be read but once by each, from its beginning on. */
  readonly isLive?: boolean;
  /** All that is here. */
  whole(): Uint8Array | Body;
  /** These, which are here. */
  part(range: ByteRange): Uint8Array | Body;
}

const EMPTY = new Uint8Array(0);

/**
 * What is stored.
 *
 * @example
 * sourceOf(stored.content).part({ first: 1, last: 2 }); // Uint8Array [101, 108]
 */
export const sourceOf = (content: Content): Source => ({
  length: content.length,
  whole: () => (content.length === 0 ? EMPTY : content.read(0, content.length - 1)),
  part: ({ first, last }) => content.read(first, last),
});

/**
 * A part that has come whole.
 *
 * @example
 * partSource(utf8("hello"), { first: 100, last: 104, length: 200 }).part({ first: 101, last: 102 }); // Uint8Array [101, 108]
 */
export const partSource = (bytes: Uint8Array, range: PlacedRange): Source => ({
  length: range.length,
  range,
  whole: () => bytes,
  part: ({ first, last }) => bytes.subarray(first - range.first, last - range.first + 1),
});

/**
 * What is on its way: the whole, or only `range` of it. Each time there is a reader of its own, from the first byte on.
 *
 * @example
 * const live = { length: 2, reader: () => body };
 * liveSource(live, { first: 100, last: 101, length: 200 }).part({ first: 101, last: 101 }).length; // 1
 */
export const liveSource = (
  live: { readonly length: number | undefined; reader(): Body },
  range: PlacedRange | undefined,
): Source => ({
  length: range === undefined ? live.length : range.length,
  range,
  isLive: true,
  whole: () => live.reader(),
  part: ({ first, last }) => {
    const from = range?.first ?? 0;
    return new SkimmedBody(live.reader(), { first: first - from, last: last - from });
  },
});
