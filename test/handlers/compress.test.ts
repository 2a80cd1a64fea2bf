import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { utf8 } from "../../src/base/bytes.ts";
import { CODINGS, type Coding, compress, inTurn, isWorthCompressing } from "../../src/handlers/compress.ts";

const DECOMPRESS: Record<Coding, (bytes: Uint8Array) => Uint8Array> = {
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
};

const TEXT = utf8("The quick brown fox jumps over the lazy dog. ".repeat(100));

for (const coding of CODINGS) {
  test(`${coding} makes text smaller, and the same text comes out`, async () => {
    const smaller = await compress(coding, TEXT);
    equal(smaller!.length < TEXT.length / 10, true);
    deepEqual(new Uint8Array(DECOMPRESS[coding](smaller!)), TEXT);
  });

  test(`${coding} makes the same bytes of the same text each time`, async () => {
    deepEqual(await compress(coding, TEXT), await compress(coding, TEXT));
  });

  test(`${coding} gives up on noise`, async () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => ((i + 1) ** 3 * 2654435761) >>> 13);
    equal(await compress(coding, noise), undefined);
  });
}

const WORTH: [type: string, length: number, isWorth: boolean][] = [
  ["text/html; charset=utf-8", 5000, true],
  ["text/html; charset=utf-8", 1023, false],
  ["text/html; charset=utf-8", 8 * 1024 * 1024, true],
  ["text/html; charset=utf-8", 8 * 1024 * 1024 + 1, false],
  ["image/svg+xml", 5000, true],
  ["image/png", 5000, false],
  ["application/gzip", 5000, false],
  ["application/octet-stream", 5000, false],
];

for (const [type, length, isWorth] of WORTH) {
  test(`${length} bytes of ${type} are ${isWorth ? "" : "not "}worth compressing`, () => {
    equal(isWorthCompressing(type, length), isWorth);
  });
}

test("of many at once two are at work, and all come out", async () => {
  let [inside, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    const smaller = await compress("gzip", TEXT);
    inside -= 1;
    return smaller;
  };
  const all = await Promise.all(Array.from({ length: 20 }, () => inTurn(work)));
  for (const smaller of all) deepEqual(new Uint8Array(gunzipSync(smaller!)), TEXT);
  equal(most, 2);
});

test("work that fails gives its turn to the next", async () => {
  for (let i = 0; i < 3; i++)
    await rejects(
      inTurn(() => Promise.reject(new Error("no"))),
      { message: "no" },
    );
  equal(await inTurn(async () => "yes"), "yes");
});
