/** A range of bytes, as those that are here and those that are missing (RFC 9111 §3.3). */

import { gaps } from "../cache/gaps.ts";
import type { ByteRange } from "../http/ranges.ts";

export interface Stretch extends ByteRange {
  readonly isHere: boolean;
}

/**
 * All of what is wanted, in its order. `here` is in ascending order, too.
 *
 * @example
 * stretchesOf({ first: 0, last: 9 }, [{ first: 0, last: 4 }]);
 * // [{ first: 0, last: 4, isHere: true }, { first: 5, last: 9, isHere: false }]
 */
export function stretchesOf(wanted: ByteRange, here: readonly ByteRange[]): Stretch[] {
  const stretches: Stretch[] = [];
  let at = wanted.first;
  for (const { first, last } of gaps(wanted, here)) {
    if (first > at) stretches.push({ first: at, last: first - 1, isHere: true });
    stretches.push({ first, last, isHere: false });
    at = last + 1;
  }
  if (at <= wanted.last) stretches.push({ first: at, last: wanted.last, isHere: true });
  return stretches;
}
