import { equal } from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { joinChecksums } from "../../src/stores/disk-checksum.ts";
import { contentOf } from "./contract.ts";

test("a checksum of the whole comes of those of its parts", () => {
  fc.assert(
    fc.property(fc.nat(3000), fc.nat(3000), (first, second) => {
      const whole = contentOf(first, first + second);
      const [a, b] = [crc32(whole.subarray(0, first)), crc32(whole.subarray(first))];
      equal(joinChecksums(a, b, second), crc32(whole));
    }),
  );
});

test("it does so where there is nothing, or much", () => {
  const some = crc32("some");
  equal(joinChecksums(some, crc32(""), 0), some);
  equal(joinChecksums(crc32(""), some, 4), some);
  // As gzip would have it of 5 GiB of zeros, in two ways.
  const mebibyte = crc32(new Uint8Array(2 ** 20));
  let gibibyte = mebibyte;
  for (let size = 2 ** 20; size < 2 ** 30; size *= 2) gibibyte = joinChecksums(gibibyte, gibibyte, size);
  const four = [1, 2, 3].reduce((crc) => joinChecksums(crc, gibibyte, 2 ** 30), gibibyte);
  equal(joinChecksums(four, gibibyte, 2 ** 30), joinChecksums(gibibyte, four, 4 * 2 ** 30));
});
