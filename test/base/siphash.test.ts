/** SipHash against the vectors of its authors (Aumasson, Bernstein: “SipHash: a fast short-input PRF”, the reference code's vectors.h). */

import { equal, notEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { SipHash } from "../../src/base/siphash.ts";

/** The key is 00 01 … 0f, the message 00 01 … of so many bytes: of their 64 vectors those that are whole words. */
const VECTORS: readonly (readonly [length: number, hash: string])[] = [
  [0, "310e0edd47db6f72"],
  [4, "b7877127e09427cf"],
  [8, "6224939a79f5f593"],
  [12, "fbe50e86bc8f1e75"],
  [16, "db9bc2577fcc2a3f"],
  [20, "98eea21af25cd6be"],
  [24, "94af49f6c650adb8"],
  [28, "a5c91da7acaa4dde"],
  [32, "ce7cf2722f512771"],
  [36, "b4a31508beff4d31"],
  [40, "d0a704536ba93e0e"],
  [44, "f21df2e41d4535f9"],
  [48, "51a9cb9ecba312e6"],
  [52, "b274cb8ebf87870a"],
  [56, "bd838d3aafbf8db7"],
  [60, "e1915f5cb1eca46c"],
];

const counted = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

/** Little-endian, as SipHash has it all over. */
function hashed(hash: SipHash, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer);
  const { lo, hi } = hash.of(Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true)));
  const result = new DataView(new ArrayBuffer(8));
  result.setUint32(0, lo, true);
  result.setUint32(4, hi, true);
  return Buffer.from(result.buffer).toString("hex");
}

test("the vectors of its authors, of whole words", () => {
  const hash = new SipHash(counted(16));
  for (const [length, expected] of VECTORS) equal(hashed(hash, counted(length)), expected, `${length} bytes`);
});

test("words may be numbers of either sign: it is their 32 bits that count", () => {
  const hash = new SipHash(counted(16));
  equal(hash.of([-1, -2]).lo, hash.of([0xffff_ffff, 0xffff_fffe]).lo);
});

test("each bit of the key makes another hash", () => {
  const { lo } = new SipHash(new Uint8Array(16)).of([1, 2, 3]);
  for (let bit = 0; bit < 128; bit++) {
    const key = new Uint8Array(16);
    key[bit >> 3]! |= 1 << (bit & 7);
    notEqual(new SipHash(key).of([1, 2, 3]).lo, lo, `bit ${bit}`);
  }
});

test("a key of another length is refused", () => {
  throws(() => new SipHash(new Uint8Array(15)), /^RangeError: Cannot hash with a key of 15 bytes: it takes 16$/);
});
