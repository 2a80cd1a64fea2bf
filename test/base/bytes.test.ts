import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ByteReader,
  ByteWriter,
  concat,
  fromLatin1,
  fromLatin1InScript,
  latin1,
  latin1InScript,
  ownText,
  utf8,
} from "../../src/base/bytes.ts";

const plain = (bytes: Uint8Array): number[] => Array.from(bytes);
const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test("every byte is the letter of its number, also those windows-1252 thinks otherwise of", () => {
  equal(latin1(ALL), String.fromCharCode(...ALL));
  deepEqual(plain(fromLatin1(latin1(ALL))), plain(ALL));
});

test("with and without Buffer it is the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000, size: "max" }), fc.nat(9000), fc.nat(9000), (bytes, from, to) => {
      equal(latin1InScript(bytes), latin1(bytes));
      equal(latin1InScript(bytes.subarray(from, to)), latin1(bytes.subarray(from, to)));
      const end = Math.min(to, bytes.length);
      const start = Math.min(from, end);
      equal(latin1InScript(bytes, start, end), latin1(bytes, start, end));
      deepEqual(plain(fromLatin1InScript(latin1(bytes))), plain(bytes));
    }),
    { numRuns: 50 },
  );
  deepEqual(plain(fromLatin1InScript("Ā€x")), plain(fromLatin1("Ā€x")));
});

test("a part of a larger piece is read where it is", () => {
  equal(latin1(utf8("GET / HTTP/1.1").subarray(4), 0, 1), "/");
  equal(latin1(utf8("GET / HTTP/1.1"), 4, 5), "/");
  equal(latin1(utf8("GET"), 1), "ET");
});

test("pieces become one", () => {
  deepEqual(plain(concat([])), []);
  deepEqual(plain(concat([utf8("a")])), [97]);
  deepEqual(plain(concat([utf8("ab"), utf8(""), utf8("c")])), [97, 98, 99]);
  // "메" takes three bytes.
  equal(utf8("메뉴").length, 6);
});

test("what is written is read again, big-endian", () => {
  const { bytes } = new ByteWriter(10)
    .u8(1)
    .u16(0x0203)
    .u32(0xfffefdfc)
    .put(Uint8Array.of(7, 8, 9));
  deepEqual(plain(bytes), [1, 2, 3, 0xff, 0xfe, 0xfd, 0xfc, 7, 8, 9]);
  const reader = new ByteReader(bytes);
  deepEqual([reader.u8(), reader.u16(), reader.u32(), reader.left], [1, 0x0203, 0xfffefdfc, 3]);
  deepEqual(plain(reader.take(2)), [7, 8]);
  equal(reader.left, 1);
});

test("a reader may begin within a larger piece, and takes views of it", () => {
  const whole = Uint8Array.of(0, 1, 2, 3);
  const taken = new ByteReader(whole.subarray(1)).take(2);
  whole[1] = 9;
  deepEqual(plain(taken), [9, 2]);
});

test("nothing is read or written beyond the end", () => {
  const reader = new ByteReader(Uint8Array.of(1));
  throws(() => reader.u16(), RangeError);
  throws(() => reader.u32(), RangeError);
  throws(() => reader.take(2), /Cannot take 2 bytes: 1 are left/);
  throws(() => reader.take(-1), RangeError);
  equal(reader.u8(), 1);
  throws(() => reader.u8(), RangeError);
  equal(reader.take(0).length, 0);

  const writer = new ByteWriter(1);
  throws(() => writer.u16(1), RangeError);
  throws(() => writer.put(Uint8Array.of(1, 2)), RangeError);
  throws(() => writer.u8(1).u8(2), RangeError);
});

test("text of one's own is the same text, whatever it was cut out of or put together from", () => {
  const long = "GET /menu HTTP/1.1\r\n".repeat(100);
  for (const text of [
    "",
    "a",
    long.slice(4, 9),
    `${long}${long}`,
    "caf\u00e9\u00ff\0",
    "메뉴",
    "half \ud83d of one",
    "\u0100",
  ]) {
    equal(ownText(text), text);
  }
});
