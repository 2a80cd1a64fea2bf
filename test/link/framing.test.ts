import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameCutter, joinFrames, LONGEST_FRAMED } from "../../src/link/framing.ts";
import { numbered } from "./numbered.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** What is cut out of pieces, and whether all of it could be read. */
function cut(pieces: readonly Uint8Array[], longest?: number): { frames: Uint8Array[]; isRead: boolean } {
  const frames: Uint8Array[] = [];
  const cutter = new FrameCutter((frame) => void frames.push(frame), longest);
  let isRead = true;
  for (const piece of pieces) {
    // What is given to the cutter is only lent.
    const lent = piece.slice();
    isRead = cutter.receive(lent);
    lent.fill(0xee);
  }
  return { frames, isRead };
}

const STREAMS: [what: string, bytes: string, frames: string[], isRead: boolean][] = [
  ["nothing", "", [], true],
  ["part of a length", "000000", [], true],
  ["a length", "00000002", [], true],
  ["part of a frame", "00000002 aa", [], true],
  ["a frame", "00000002 aabb", ["aabb"], true],
  ["two", "00000002 aabb 00000001 cc", ["aabb", "cc"], true],
  ["one and a half", "00000002 aabb 00000002 cc", ["aabb"], true],
  ["a length of 0", "00000000", [], false],
  ["a length of 0 behind a frame", "00000001 aa 00000000 00000001 bb", ["aa"], false],
  ["a length beyond what was allowed", "00000009 aabbccddeeff001122", [], false],
  ["the highest length of all", "ffffffff 00000001 aa", [], false],
];

for (const [what, text, expected, isRead] of STREAMS) {
  const bytes = hex(text);
  const answer = { frames: expected.map(hex), isRead };
  test(`${what}: whole`, () => deepEqual(cut([bytes], 8), answer));
  test(`${what}: byte by byte`, () =>
    deepEqual(
      cut(
        [...bytes].map((byte) => Uint8Array.of(byte)),
        8,
      ),
      answer,
    ));
}

test("what has more behind it is the same, and what is broken stays so", () => {
  const good = hex("00000002 aabb");
  deepEqual(cut([good, good], 8), { frames: [hex("aabb"), hex("aabb")], isRead: true });
  deepEqual(cut([hex("00000000"), good, good], 8), { frames: [], isRead: false });
});

test("a frame may be as long as QEMU's longest, and no longer", () => {
  equal(LONGEST_FRAMED, 69_632);
  deepEqual(cut([joinFrames([numbered(1, 69_632)])]), { frames: [numbered(1, 69_632)], isRead: true });
  deepEqual(cut([joinFrames([numbered(1, 69_633)])]), { frames: [], isRead: false });
});

const BYTES = fc.uint8Array({ maxLength: 300 });
const CUTS = fc.array(fc.nat(40), { maxLength: 200 });

/** The bytes, torn into pieces of these lengths and a last one. */
function torn(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) pieces.push(bytes.subarray(at, (at += length)));
  return [...pieces, bytes.subarray(at)];
}

test("frames are what they were, however the bytes were torn", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 10 }), CUTS, (frames, cuts) => {
      deepEqual(cut(torn(joinFrames(frames), cuts)), { frames, isRead: true });
    }),
    { numRuns: 100 },
  );
});

test("of any bytes at all the same is read, however they were torn", () => {
  // With many zeros, so that some of it is frames.
  const ANY = fc
    .array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(255)), { maxLength: 200 })
    .map((some) => Uint8Array.from(some));
  fc.assert(
    fc.property(fc.oneof(ANY, BYTES), CUTS, (bytes, cuts) => {
      deepEqual(cut(torn(bytes, cuts), 100), cut([bytes], 100));
    }),
    { numRuns: 200 },
  );
});
