/** What the peer reports to have (RFC 2018), and to have got twice (RFC 2883). */

import type { SackBlock } from "../wire/tcp-segment.ts";
import { isBefore, isUpTo } from "./sequence.ts";

/**
 * Whether the first block reports something for the second time: it lies before the acknowledgment, or within the next
 * block (RFC 2883 §4).
 *
 * @example
 * reportsDuplicate([{ start: 100, end: 200 }], 300); // true
 */
export function reportsDuplicate(reports: readonly SackBlock[], ack: number): boolean {
  const [first, second] = reports;
  if (first === undefined) return false;
  if (isBefore(first.start, ack)) return true;
  return second !== undefined && isUpTo(second.start, first.start) && isUpTo(first.end, second.end);
}

/**
 * Whether it can be so: what was never sent the peer cannot have (RFC 2018 §8 has no rule; a lie must do no harm).
 *
 * @example
 * isPossible({ start: 300, end: 400 }, 300, 1000); // true
 */
export const isPossible = ({ start, end }: SackBlock, ack: number, next: number): boolean =>
  isUpTo(ack, start) && isBefore(start, end) && isUpTo(end, next);
