/** What a checksum is, and what it should be, for lines about packets that are damaged. */

import { u16 } from "./big-endian.ts";
import { checksum, sum } from "./checksum.ts";

/**
 * As hexadecimal digits; undefined where the checksum at `at` is right. `start` is the pseudo header.
 *
 * A system that leaves checksums to its network adapter puts the sum of the pseudo header there, for the adapter to go on
 * with; whoever captures packets on their way out sees that. It is unfinished, and not wrong.
 *
 * @internal
 */
export function wrongChecksum(
  bytes: Uint8Array,
  at: number,
  length: number,
  start = 0,
): { readonly is: string; readonly shouldBe: string } | undefined {
  if (sum(bytes, 0, length, start) === 0xffff) return undefined;
  const is = u16(bytes, at);
  if (start > 0 && is === sum(bytes, 0, 0, start)) return undefined;
  // What it adds to the sum is taken off again.
  const shouldBe = checksum(bytes, 0, length, start + (~is & 0xffff));
  return { is: hex(is), shouldBe: hex(shouldBe) };
}

const hex = (word: number): string => `0x${word.toString(16).padStart(4, "0")}`;
