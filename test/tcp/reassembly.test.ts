import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reassembly } from "../../src/tcp/reassembly.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();
const ranges = (reassembly: Reassembly, most = 10): string =>
  reassembly
    .blocks(most)
    .map(({ start, end }) => `${start}-${end}`)
    .join(" ");

/** Puts words at their places: `"10:abc"`. */
function after(...words: readonly string[]): Reassembly {
  const reassembly = new Reassembly();
  for (const word of words) {
    const [at, bytes] = word.split(":") as [string, string];
    reassembly.put(Number(at), Buffer.from(bytes));
  }
  return reassembly;
}

const ISLANDS: [what: string, words: string[], blocks: string, whole: string][] = [
  ["one", ["10:abc"], "10-13", "abc"],
  ["next to each other", ["10:abc", "13:def"], "10-16", "abcdef"],
  ["next to each other, the later first", ["13:def", "10:abc"], "10-16", "abcdef"],
  ["the same again", ["10:abc", "10:xyz"], "10-13", "abc"],
  ["a part of it again", ["10:abcde", "11:xy"], "10-15", "abcde"],
  ["overlapping behind", ["10:abc", "12:xyz"], "10-15", "abcyz"],
  ["overlapping before", ["12:cde", "10:xyz"], "10-15", "xycde"],
  ["around", ["12:c", "10:vwxyz"], "10-15", "vwcyz"],
  ["between two", ["10:ab", "14:ef", "12:cd"], "10-16", "abcdef"],
  ["over two", ["10:ab", "14:ef", "9:012345678"], "9-18", "0ab34ef78"],
  ["over three, and beyond", ["10:a", "12:c", "14:e", "10:0123456"], "10-17", "a1c3e56"],
  ["the newest first (RFC 2018 §4)", ["30:c", "10:a", "20:b"], "20-21 10-11 30-31", "a"],
  ["the one that has grown is the newest", ["30:c", "10:a", "20:b", "31:d"], "30-32 20-21 10-11", "a"],
  ["the one that came again is the newest", ["30:c", "10:a", "30:c"], "30-31 10-11", "a"],
];

for (const [what, words, blocks, whole] of ISLANDS) {
  test(`${what}: ${words.join(", ")}`, () => {
    const reassembly = after(...words);
    equal(ranges(reassembly), blocks);
    let at = Math.min(...reassembly.blocks(10).map(({ start }) => start));
    let read = "";
    for (let bytes = reassembly.takeAt(at); bytes !== undefined; bytes = reassembly.takeAt(at)) {
      read += text(bytes);
      at += bytes.length;
    }
    equal(read, whole);
  });
}

test("no more blocks than asked for", () => {
  const reassembly = after("10:a", "20:b", "30:c", "40:d", "50:e");
  equal(ranges(reassembly, 3), "50-51 40-41 30-31");
  equal(ranges(reassembly, 4), "50-51 40-41 30-31 20-21");
});

test("nothing is taken before its turn, and of what began before only what is new", () => {
  const reassembly = after("10:abcdef");
  equal(reassembly.takeAt(9), undefined);
  equal(text(reassembly.takeAt(12)), "cdef");
  equal(reassembly.isEmpty, true);
  equal(text(after("10:abc").takeAt(13)), undefined);
  equal(after("10:abc").length, 3);
});

test("it says whether anything was new", () => {
  const reassembly = new Reassembly();
  equal(reassembly.put(10, Buffer.from("abc")), true);
  equal(reassembly.put(10, Buffer.from("abc")), false);
  equal(reassembly.put(11, Buffer.from("b")), false);
  equal(reassembly.put(11, Buffer.from("bcd")), true);
  equal(reassembly.length, 4);
});

test("what is kept is a copy", () => {
  const bytes = Buffer.from("abc");
  const reassembly = new Reassembly();
  reassembly.put(10, bytes);
  bytes.fill(0);
  equal(text(reassembly.takeAt(10)), "abc");
});

test("single bytes with gaps between them fill it, however few they are", () => {
  const reassembly = new Reassembly();
  let count = 0;
  for (; !reassembly.isFull; count++) reassembly.put(10 + 2 * count, Uint8Array.of(1));
  equal(count, 8192);
  equal(reassembly.length, 8192);
  const started = performance.now();
  for (let i = 0; i < 20_000; i++) {
    reassembly.put(10, Uint8Array.of(1));
    equal(ranges(reassembly, 1), "10-11");
    reassembly.blocks(4);
  }
  // Where a list is gone through for each segment, this takes many seconds.
  ok(performance.now() - started < 1000);
  reassembly.takeAt(10);
  equal(reassembly.isFull, false);
});

test("in whatever pieces it comes, wherever the numbers wrap, the first of each byte stays", () => {
  const piece = fc.record({ at: fc.nat(60), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) });
  fc.assert(
    fc.property(
      fc.constantFrom(0, 0xffff_ffe0, 0x7fff_ffe0),
      fc.array(piece, { maxLength: 30 }),
      fc.nat(40),
      (base, pieces, start) => {
        const reassembly = new Reassembly();
        const bytes: (number | undefined)[] = [];
        for (const one of pieces) {
          const isNew = one.bytes.some((_, i) => bytes[one.at + i] === undefined);
          equal(reassembly.put(plus(base, one.at), one.bytes), isNew);
          for (const [i, byte] of one.bytes.entries()) bytes[one.at + i] ??= byte;
          equal(reassembly.length, bytes.filter((byte) => byte !== undefined).length);
        }
        // The blocks are just the ranges that are there.
        const here = new Set(bytes.flatMap((byte, i) => (byte === undefined ? [] : [i])));
        for (const { start, end } of reassembly.blocks(1000)) {
          const from = distance(base, start);
          const to = distance(base, end);
          ok(!here.has(from - 1) && !here.has(to));
          for (let i = from; i < to; i++) ok(here.delete(i));
        }
        equal(here.size, 0);
        // In order from anywhere, each byte comes once, until one is missing.
        let at = start;
        for (
          let taken = reassembly.takeAt(plus(base, at));
          taken !== undefined;
          taken = reassembly.takeAt(plus(base, at))
        )
          for (const byte of taken) equal(byte, bytes[at++]);
        equal(bytes[at], undefined);
      },
    ),
    { numRuns: 300 },
  );
});
