import { equal } from "node:assert/strict";
import { test } from "node:test";
import { spokenShare, spokenSize } from "../../src/handlers/spoken-size.ts";

const SIZES: [bytes: number, words: string][] = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [102_400, "100 KiB"],
  [1_048_575, "1024 KiB"],
  [268_435_456, "256 MiB"],
  [1_610_612_736, "1.5 GiB"],
  [2 ** 53, "8 PiB"],
];

for (const [bytes, words] of SIZES) test(`${bytes} bytes are ${words}`, () => equal(spokenSize(bytes), words));

const SHARES: [share: number, words: string][] = [
  [0, "0 %"],
  [0.5, "50 %"],
  [0.92345, "92.3 %"],
  [1, "100 %"],
];

for (const [share, words] of SHARES) test(`${share} is ${words}`, () => equal(spokenShare(share), words));
