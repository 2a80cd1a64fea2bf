/** The Internet checksum: the complement of the one's complement sum of 16-bit words (RFC 1071). */

import { u16 } from "./big-endian.ts";
import { wideSum } from "./wide-sum.ts";

/**
 * The sum of `bytes` from `from` to `to`, added to `start`; an odd byte at the end counts as if a zero followed.
 * Where the checksum is part of the bytes and nothing is damaged, the sum is 0xffff.
 *
 * @example
 * sum(Uint8Array.of(0x12, 0x34, 0x56), 0, 3).toString(16); // "6834"
 */
export function sum(bytes: Uint8Array, from: number, to: number, start = 0): number {
  if (to > bytes.length) throw new RangeError(`Cannot sum up to byte ${to}: there are ${bytes.length}`);
  return folded(start + (to - from < FEW ? sumOfFew(bytes, from, to) : sumOfMany(bytes, from, to)));
}

/** Up to a header's length. */
const FEW = 64;

function sumOfFew(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  let at = from;
  for (; at + 2 <= to; at += 2) total += u16(bytes, at);
  return at < to ? total + (bytes[at]! << 8) : total;
}

function sumOfMany(bytes: Uint8Array, from: number, to: number): number {
  const wide = wideSum(bytes, from, to);
  return wide === undefined ? sumInScript(bytes, from, to) : wide + sumOfFew(bytes, to - ((to - from) & 15), to);
}

/** @internal for engines without WebAssembly, and its test */
export function sumInScript(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // 2¹⁶ ≡ 1 modulo 2¹⁶ − 1, so words of 32 bits may be added and folded later (RFC 1071 §2(C)); doubles have room for
  // two million of them. Four sums, since no addition then waits for the one before.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    a += view.getUint32(at);
    b += view.getUint32(at + 4);
    c += view.getUint32(at + 8);
    d += view.getUint32(at + 12);
  }
  return a + b + c + d + sumOfFew(bytes, at, to);
}

function folded(total: number): number {
  const low = total >>> 0;
  let folding = (low >>> 16) + (low & 0xffff) + Math.floor(total / 2 ** 32);
  // What is carried may carry once more.
  folding = (folding >>> 16) + (folding & 0xffff);
  return (folding >>> 16) + (folding & 0xffff);
}

/**
 * What goes into the checksum field; that field is zero meanwhile.
 *
 * @example
 * checksum(Uint8Array.of(0x12, 0x34, 0x56), 0, 3).toString(16); // "97cb"
 */
export const checksum = (bytes: Uint8Array, from: number, to: number, start = 0): number =>
  ~sum(bytes, from, to, start) & 0xffff;

/**
 * What TCP and UDP add to their sum, so that a packet led astray is noticed: a sum to start from, not folded
 * (RFC 9293 §3.1, RFC 768). `length` is that of header and payload.
 *
 * @example
 * pseudoHeader(0x0a000001, 0x0a000002, 17, 12).toString(16); // "1420"
 */
export const pseudoHeader = (source: number, destination: number, protocol: number, length: number): number =>
  (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;

/**
 * The checksum after one word of what it is about has changed: ~(~HC + ~m + m'), equation 3 of RFC 1624. A router
 * that counts TTL down needs it.
 *
 * @example
 * adjusted(0xdd2f, 0x5555, 0x3285).toString(16); // "0"
 */
export function adjusted(checksum: number, oldWord: number, newWord: number): number {
  return ~folded((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff;
}
