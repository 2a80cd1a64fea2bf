import { equal } from "node:assert/strict";
import { test } from "node:test";
import { initialWindow } from "../../src/tcp/congestion.ts";

/** RFC 6928 §2: min (10*MSS, max (2*MSS, 14600)). */
const WINDOWS: [mss: number, window: number][] = [
  [48, 480],
  [536, 5360],
  [1448, 14_480],
  [1460, 14_600],
  [2000, 14_600],
  [7300, 14_600],
  [8960, 17_920],
  [64_960, 129_920],
];

for (const [mss, window] of WINDOWS) {
  test(`with segments of ${mss} bytes, ${window} bytes may go to begin with`, () => equal(initialWindow(mss), window));
}
