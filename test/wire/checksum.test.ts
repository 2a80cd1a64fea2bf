import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { adjusted, checksum, pseudoHeader, sum } from "../../src/wire/checksum.ts";
import { amid, hex, u16, u32 } from "./packets.ts";

/** As RFC 1071 §1 says it. */
function bySpelling(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total % 65536) + Math.floor(total / 65536);
  return total;
}

test("the example of RFC 1071 §3", () => {
  const bytes = hex("0001 f203 f4f5 f6f7");
  equal(sum(bytes, 0, 8), 0xddf2);
  equal(checksum(bytes, 0, 8), 0x220d);
});

test("the sum is what RFC 1071 says, of any length, anywhere, from any start", () => {
  const some = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ minLength: 60, maxLength: 300 }));
  fc.assert(
    fc.property(some, fc.nat(9), fc.nat(0xfffff), (bytes, from, start) => {
      const to = Math.max(from, bytes.length - (from >> 1));
      equal(
        sum(amid(bytes), Math.min(from, bytes.length), Math.min(to, bytes.length), start),
        bySpelling(bytes.subarray(from, to), start),
      );
    }),
  );
});

test("nothing overflows where all bits are set, in a frame or in a megabyte", () => {
  for (const length of [63, 64, 1514, 4096, 4097, 65535, 1_000_001]) {
    const bytes = new Uint8Array(length).fill(0xff);
    equal(sum(bytes, 0, length), bySpelling(bytes), `${length}`);
    equal(sum(bytes, 1, length, 0xffff), bySpelling(bytes.subarray(1), 0xffff), `${length}`);
  }
});

test("bytes with their checksum among them have the sum 0xffff", () => {
  const bytes = hex("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7");
  equal(checksum(bytes, 0, 20), 0xb861);
  bytes.set([0xb8, 0x61], 10);
  equal(sum(bytes, 0, 20), 0xffff);
});

test("to sum what is not there is a mistake", () => {
  throws(() => sum(new Uint8Array(4), 0, 5), { name: "RangeError", message: "Cannot sum up to byte 5: there are 4" });
});

test("the pseudo header's sum is that of its bytes", () => {
  fc.assert(
    fc.property(u32, u32, u16, u16, (source, destination, protocol, length) => {
      const bytes = new Uint8Array(12);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, source);
      view.setUint32(4, destination);
      view.setUint16(8, protocol);
      view.setUint16(10, length);
      equal(sum(bytes, 0, 0, pseudoHeader(source, destination, protocol, length)), sum(bytes, 0, 12));
    }),
  );
});

test("the example of RFC 1624 §4, which RFC 1141 got wrong", () => equal(adjusted(0xdd2f, 0x5555, 0x3285), 0x0000));

test("a checksum that is adjusted is the one that is made anew", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(9), u16, (bytes, word, now) => {
      // Of a header something is never zero: its version.
      bytes[word === 0 ? 2 : 0] = 0x45;
      const before = checksum(bytes, 0, 20);
      const was = (bytes[2 * word]! << 8) | bytes[2 * word + 1]!;
      bytes.set([now >> 8, now & 0xff], 2 * word);
      equal(adjusted(before, was, now), checksum(bytes, 0, 20));
    }),
  );
});
