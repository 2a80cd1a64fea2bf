import { equal } from "node:assert/strict";
import { test } from "node:test";
import { crc32 as crc32OfZlib } from "node:zlib";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { crc32 } from "../../src/wire/crc.ts";
import { amid } from "./packets.ts";

const KNOWN: [text: string, crc: number][] = [
  ["", 0],
  ["a", 0xe8b7be43],
  ["123456789", 0xcbf43926],
  ["The quick brown fox jumps over the lazy dog", 0x414fa339],
];

for (const [text, crc] of KNOWN) {
  test(`the CRC of "${text}" is 0x${crc.toString(16)}`, () => equal(crc32(utf8(text)), crc));
}

// `zlib.crc32` came with Node 22.2.
test("of any bytes it is the one that zlib finds", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), fc.nat(9), (bytes, from, less) => {
      const to = Math.max(from, bytes.length - less);
      equal(crc32(amid(bytes)), crc32OfZlib(bytes));
      if (to <= bytes.length) equal(crc32(amid(bytes), from, to), crc32OfZlib(bytes.subarray(from, to)));
    }),
  );
});
