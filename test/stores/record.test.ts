import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { decodeSaid, encodeSaid } from "../../src/stores/record.ts";
import { said } from "./contract.ts";

const FULL = said({
  reason: "Fine",
  lines: "X: \u00e4\u00ff\r\n",
  selecting: [
    ["accept", "a"],
    ["cookie", undefined],
  ],
  tags: ["a", "b c"],
  groups: ["\u00fc"],
  isInvalid: true,
  isAuthorized: true,
});

test("what is written is read again", () => {
  for (const one of [FULL, said(), said({ isInvalid: true }), said({ isAuthorized: true, reason: "" })]) {
    deepEqual(decodeSaid(encodeSaid(one)), one);
  }
});

test("whatever is said is read again", () => {
  const TEXT = fc.string({ unit: "binary", maxLength: 20 });
  const MAYBE = fc.option(TEXT, { nil: undefined });
  const LIST = fc.array(TEXT, { maxLength: 5 });
  fc.assert(
    fc.property(TEXT, MAYBE, TEXT, fc.array(fc.tuple(TEXT, MAYBE)), LIST, (key, reason, lines, selecting, tags) => {
      const one = said({ key, reason, lines, selecting, tags });
      deepEqual(decodeSaid(encodeSaid(one)), one);
    }),
    { numRuns: 50 },
  );
});

test("it lies anywhere in memory", () => {
  const bytes = encodeSaid(FULL);
  const more = new Uint8Array(bytes.length + 20).fill(0x31);
  more.set(bytes, 7);
  deepEqual(decodeSaid(more.subarray(7, 7 + bytes.length)), FULL);
});

test("a damaged one is not believed, wherever the damage is", () => {
  const bytes = encodeSaid(FULL);
  for (let i = 0; i < bytes.length; i++) {
    equal(decodeSaid(bytes.subarray(0, i)), undefined);
    const other = new Uint8Array(bytes);
    other[i]! ^= 1 << (i % 8);
    equal(decodeSaid(other), undefined);
  }
  equal(decodeSaid(new Uint8Array(100)), undefined);
});

const GOOD: readonly unknown[] = ["http://a/", 200, null, "", 1, 2, [], [], [], 0];

/** With the right checksum, and still nonsense. */
const NONSENSE: [place: number, values: unknown[]][] = [
  [0, [1, null, ["http://a/"], {}]],
  [1, ["200", 99, 1000, 200.5, -1, null]],
  [2, [1, false, []]],
  [3, [null, 1, ["a"], { length: 1 }]],
  [4, ["1", null, [1]]],
  [5, ["1", null, true]],
  [6, [null, {}, ["a"], [["a"]], [["a", 1]], [[1, "a"]], [["a", "b", "c"]], [null]]],
  [7, [null, "a", [1], [null], { 0: "a" }]],
  [8, [null, "a", [1], [["a"]]]],
  [9, [null, -1, 4, "0", 0.5]],
];

test("what has a wrong type is not believed", () => {
  const sealed = (json: string): Uint8Array => {
    const bytes = Buffer.from(`\x01....${json}`);
    bytes.writeUInt32BE(crc32(bytes.subarray(5)), 1);
    return bytes;
  };
  const encode = (value: unknown): Uint8Array => sealed(JSON.stringify(value));
  equal(decodeSaid(encode(GOOD))?.key, "http://a/");
  for (const [place, values] of NONSENSE) {
    for (const value of values) equal(decodeSaid(encode(GOOD.with(place, value))), undefined, JSON.stringify(value));
  }
  for (const value of [null, 1, "a", {}, [], GOOD.slice(0, 9), { ...GOOD }]) {
    equal(decodeSaid(encode(value)), undefined, JSON.stringify(value));
  }
  equal(decodeSaid(sealed("[1,")), undefined);
});
