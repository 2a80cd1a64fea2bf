import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeEntry, type Entry, encodeHead, LAYOUT, rangesOf, type Span } from "../../src/stores/shared-entry.ts";
import { said } from "./contract.ts";

const STAMP = "0194a1b2c3dABCDefgh00001";
const IDS = ["0194a1b2c3dABCDefgh00002", "0194a1b2c3dABCDefgh0000z", "0194a1b2c3d-_CDefgh00003"];
const KEY = said().key;

const written = (entry: Entry): Buffer => Buffer.concat([encodeHead(entry), entry.bytes]);
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const inside = (...spans: [first: number, size: number][]): Span[] =>
  spans.map(([first, size]) => ({ first, size, id: undefined }));
const outside = (...spans: [first: number, size: number][]): Span[] =>
  spans.map(([first, size], i) => ({ first, size, id: IDS[i]! }));

const ENTRIES: Record<string, Entry> = {
  whole: { said: said(), stamp: STAMP, length: 10, spans: inside([0, 10]), bytes: bytesOf(10) },
  invalid: { said: said({ isInvalid: true }), stamp: STAMP, length: 1, spans: inside([0, 1]), bytes: bytesOf(1) },
  empty: { said: said(), stamp: STAMP, length: 0, spans: [], bytes: bytesOf(0) },
  parts: { said: said(), stamp: STAMP, length: 100, spans: inside([5, 10], [20, 1]), bytes: bytesOf(11) },
  none: { said: said(), stamp: STAMP, length: 100, spans: [], bytes: bytesOf(0) },
  piece: { said: said(), stamp: STAMP, length: 2 ** 40, spans: outside([0, 2 ** 40]), bytes: bytesOf(0) },
  pieces: { said: said(), stamp: STAMP, length: 99, spans: outside([0, 3], [3, 4], [90, 9]), bytes: bytesOf(0) },
};

test("an entry is read as it was written", () => {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const read = decodeEntry(written(entry), KEY);
    deepEqual({ ...read, bytes: [...read!.bytes] }, { ...entry, bytes: [...entry.bytes] }, name);
  }
});

test("the scripts find what they read at its place", () => {
  for (const entry of Object.values(ENTRIES)) {
    const text = written(entry).toString("latin1");
    const ids = entry.spans.flatMap(({ id }) => id ?? []);
    equal(text[LAYOUT.flag], entry.said.isInvalid ? "i" : "v");
    equal(text.slice(LAYOUT.stamp, LAYOUT.stamp + LAYOUT.stampLength), STAMP);
    equal(Number(text.slice(LAYOUT.pieces, LAYOUT.pieces + 3)), ids.length);
    equal(Number(text.slice(LAYOUT.head, LAYOUT.head + 8)), text.length - entry.bytes.length);
    equal(text.slice(LAYOUT.ids, LAYOUT.ids + ids.length * LAYOUT.stampLength), ids.join(""));
  }
});

test("what a script has marked as invalid is invalid, and what it has cleared is not", () => {
  for (const flag of ["i", "v"]) {
    const value = written(ENTRIES.whole!);
    value.write(flag, LAYOUT.flag);
    equal(decodeEntry(value, KEY)?.said.isInvalid, flag === "i");
  }
});

test("an entry of another key is none", () => {
  equal(decodeEntry(written(ENTRIES.whole!), `${KEY}other`), undefined);
});

test("what is cut short, or has something behind it, is no entry", () => {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const value = written(entry);
    for (let end = 0; end < value.length; end++)
      equal(decodeEntry(value.subarray(0, end), KEY), undefined, `${name} ${end}`);
    equal(decodeEntry(Buffer.concat([value, Buffer.of(0)]), KEY), undefined, name);
  }
});

test("no damage makes it fail, and what comes out is in order", () => {
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(ENTRIES)), damage, (entry, places) => {
      const value = written(entry);
      for (const [at, byte] of places) value[at % value.length] = byte;
      const read = decodeEntry(value, KEY);
      if (read === undefined) return;
      let end = 0;
      for (const { first, size } of read.spans) {
        ok(first >= end && size > 0);
        end = first + size;
      }
      ok(end <= read.length);
    }),
    { numRuns: 2000 },
  );
});

const RANGES: [spans: Span[], length: number, ranges: string | undefined][] = [
  [[], 0, undefined],
  [[], 5, ""],
  [inside([0, 5]), 5, undefined],
  [inside([0, 2], [2, 3]), 5, undefined],
  [inside([0, 2], [3, 2]), 5, "0-1 3-4"],
  [inside([1, 2], [3, 2]), 5, "1-4"],
  [outside([0, 2], [2, 2]), 5, "0-3"],
];

test("spans that touch are one range", () => {
  for (const [spans, length, ranges] of RANGES) {
    equal(
      rangesOf(spans, length)
        ?.map(({ first, last }) => `${first}-${last}`)
        .join(" "),
      ranges,
    );
  }
});
