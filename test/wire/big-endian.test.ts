import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { putU16, putU32, u16, u32 } from "../../src/wire/big-endian.ts";
import { amid } from "./packets.ts";

test("what is put is what a DataView reads, and what is read is what it puts", () => {
  const value = fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff));
  fc.assert(
    fc.property(value, fc.nat(4), (value, at) => {
      const bytes = amid(new Uint8Array(8));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      putU32(bytes, at, value);
      deepEqual([view.getUint32(at), u32(bytes, at)], [value, value]);
      putU16(bytes, at, value & 0xffff);
      deepEqual([view.getUint16(at), u16(bytes, at)], [value & 0xffff, value & 0xffff]);
    }),
  );
});

test("what is too large loses its high bits, and a fraction goes", () => {
  const bytes = new Uint8Array(4);
  putU16(bytes, 0, 0x12345);
  equal(u16(bytes, 0), 0x2345);
  putU32(bytes, 0, 0x1_2345_6789 + 0.5);
  equal(u32(bytes, 0), 0x2345_6789);
});
