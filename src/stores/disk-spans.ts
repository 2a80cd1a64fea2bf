/** Which bytes of a content are on disk, and their checksums. */

import type { ByteRange } from "../http/ranges.ts";
import { joinChecksums } from "./disk-checksum.ts";

/** Bytes that are here, with their CRC-32. */
export interface Span extends ByteRange {
  readonly crc: number;
}

/**
 * One more, in its place among those that are apart and in ascending order; what touches becomes one. Undefined where
 * bytes would come twice.
 *
 * @example
 * const { crc32 } = await import("node:zlib");
 * const spans = [{ first: 0, last: 2, crc: crc32("mai") }];
 * addSpan(spans, { first: 3, last: 6, crc: crc32("tred") })?.[0]?.crc === crc32("maitred"); // true
 * addSpan(spans, { first: 1, last: 6, crc: 0 }); // undefined
 */
export function addSpan(spans: readonly Span[], span: Span): Span[] | undefined {
  const before = spans.filter(({ last }) => last < span.first);
  const after = spans.slice(before.length);
  if (after.length > 0 && after[0]!.first <= span.last) return undefined;
  let joined = span;
  if (before.at(-1)?.last === span.first - 1) joined = join(before.pop()!, joined);
  if (after[0]?.first === span.last + 1) joined = join(joined, after.shift()!);
  return [...before, joined, ...after];
}

const join = (a: Span, b: Span): Span => ({
  first: a.first,
  last: b.last,
  crc: joinChecksums(a.crc, b.crc, b.last - b.first + 1),
});

/**
 * Ranges, and one more, which may be partly among them; in no particular order.
 *
 * @example
 * joinRange([{ first: 0, last: 9 }], { first: 5, last: 20 }); // [{ first: 0, last: 20 }]
 */
export function joinRange(ranges: readonly ByteRange[], { first, last }: ByteRange): ByteRange[] {
  const isApart = (range: ByteRange): boolean => range.last < first - 1 || range.first > last + 1;
  const joined = { first, last };
  for (const range of ranges) {
    if (isApart(range)) continue;
    joined.first = Math.min(joined.first, range.first);
    joined.last = Math.max(joined.last, range.last);
  }
  return [...ranges.filter(isApart), joined];
}

/**
 * Whether that is all of a content of this length.
 *
 * @example
 * areWhole([{ first: 0, last: 9, crc: 0 }], 10); // true
 * areWhole([{ first: 5, last: 9, crc: 0 }], 10); // false
 */
export const areWhole = (spans: readonly Span[], length: number): boolean =>
  length === 0 || (spans.length === 1 && spans[0]!.first === 0 && spans[0]!.last === length - 1);

/**
 * As short text.
 *
 * @example
 * printSpans([{ first: 0, last: 9, crc: 7 }]); // "[[0,9,7]]"
 */
export const printSpans = (spans: readonly Span[]): string =>
  JSON.stringify(spans.map(({ first, last, crc }) => [first, last, crc]));

/**
 * The other way round; undefined where that is no text of ours, or does not fit the length.
 *
 * @example
 * parseSpans("[[0,9,7]]", 20); // [{ first: 0, last: 9, crc: 7 }]
 * parseSpans("[[0,9,7]]", 5); // undefined
 */
export function parseSpans(text: string, length: number): Span[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const spans: Span[] = [];
  let next = 0;
  for (const one of list) {
    if (!Array.isArray(one) || !one.every((number) => Number.isSafeInteger(number))) return undefined;
    const [first, last, crc] = one;
    if (one.length !== 3 || first < next || last < first || last >= length) return undefined;
    spans.push({ first, last, crc });
    // They do not touch.
    next = last + 2;
  }
  return spans;
}
