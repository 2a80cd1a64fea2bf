/** Which bytes of a representation are missing, where some are stored (RFC 9111 §3.3, §3.4). */

import type { ByteRange } from "../http/ranges.ts";
import type { Content } from "./store.ts";

/**
 * How many bytes of a content are here.
 *
 * @example
 * sizeHere({ length: 100, ranges: [{ first: 0, last: 9 }] }); // 10
 */
export function sizeHere({ length, ranges }: Pick<Content, "length" | "ranges">): number {
  return ranges?.reduce((sum, { first, last }) => sum + last - first + 1, 0) ?? length;
}

/**
 * Those of `wanted` that are in none of `here`; both in ascending order.
 *
 * @example
 * gaps({ first: 0, last: 9 }, [{ first: 2, last: 4 }]); // [{ first: 0, last: 1 }, { first: 5, last: 9 }]
 */
export function gaps(wanted: ByteRange, here: readonly ByteRange[]): ByteRange[] {
  const missing: ByteRange[] = [];
  let at = wanted.first;
  for (const { first, last } of here) {
    if (last < at) continue;
    if (first > wanted.last) break;
    if (first > at) missing.push({ first: at, last: first - 1 });
    at = last + 1;
  }
  if (at <= wanted.last) missing.push({ first: at, last: wanted.last });
  return missing;
}

/** A Content-Range that says where its bytes belong (RFC 9110 §14.4). */
export interface PlacedRange extends ByteRange {
  /** How many bytes the whole has. */
  readonly length: number;
}

/**
 * What a Content-Range field says; undefined where it does not say where in what the bytes belong: another unit, no
 * length, or nonsense ("a recipient … MUST NOT attempt to recombine the received content").
 *
 * @example
 * placedRange("bytes 4-9/10"); // { first: 4, last: 9, length: 10 }
 */
export function placedRange(value: string | undefined): PlacedRange | undefined {
  const [, first, last, length] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(value ?? "") ?? [];
  if (first === undefined) return undefined;
  const range = { first: Number(first), last: Number(last), length: Number(length) };
  return range.first <= range.last && range.last < range.length ? range : undefined;
}

/**
 * The same, corrected by how many bytes came. Some servers say a range and send fewer bytes, in a message that is
 * complete all the same. How many came is known better than how many were meant: the first byte is where it is said to
 * be, and what claims to reach to the end does so.
 *
 * @example
 * corrected({ first: 4, last: 9, length: 10 }, 5); // { first: 4, last: 8, length: 9 }
 */
export function corrected({ first, last, length }: PlacedRange, size: number): PlacedRange {
  const end = first + size;
  return { first, last: end - 1, length: last + 1 === length ? end : Math.max(length, end) };
}
