import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stretchesOf } from "../../src/handlers/stretches.ts";
import type { ByteRange } from "../../src/http/ranges.ts";

/** "0-4 -5-9": the first is here, the second is missing. */
const spoken = (wanted: ByteRange, here: readonly ByteRange[]): string =>
  stretchesOf(wanted, here)
    .map(({ first, last, isHere }) => `${isHere ? "+" : "-"}${first}..${last}`)
    .join(" ");

const range = (first: number, last: number): ByteRange => ({ first, last });

const STRETCHES: [here: ByteRange[], spoken: string][] = [
  [[], "-10..19"],
  [[range(10, 19)], "+10..19"],
  [[range(0, 99)], "+10..19"],
  [[range(0, 9)], "-10..19"],
  [[range(20, 29)], "-10..19"],
  [[range(0, 10)], "+10..10 -11..19"],
  [[range(19, 29)], "-10..18 +19..19"],
  [[range(12, 13)], "-10..11 +12..13 -14..19"],
  [[range(0, 5), range(8, 11), range(13, 13), range(18, 30), range(40, 50)], "+10..11 -12..12 +13..13 -14..17 +18..19"],
  [[range(10, 14), range(15, 19)], "+10..19"],
];
for (const [here, expected] of STRETCHES) {
  const names = here.map(({ first, last }) => `${first} to ${last}`).join(", ");
  test(`of 10 to 19, with ${names || "nothing"} here: ${expected}`, () => equal(spoken(range(10, 19), here), expected));
}

test("of nothing there is nothing", () => deepEqual(stretchesOf(range(0, -1), [range(0, 9)]), []));

test("byte for byte it is what was wanted, and of two in a row one is here and one is missing", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), fc.nat(30), fc.nat(30), (bytes, first, more) => {
      const here: { first: number; last: number }[] = [];
      for (const [i, isHere] of bytes.entries()) {
        if (!isHere) continue;
        if (here.at(-1)?.last === i - 1) here.at(-1)!.last = i;
        else here.push({ first: i, last: i });
      }
      const stretches = stretchesOf(range(first, first + more), here);
      let at = first;
      for (const [i, stretch] of stretches.entries()) {
        equal(stretch.first, at);
        if (i > 0) equal(stretch.isHere, !stretches[i - 1]!.isHere);
        for (; at <= stretch.last; at++) equal(stretch.isHere, bytes[at] === true);
      }
      equal(at, first + more + 1);
    }),
  );
});
