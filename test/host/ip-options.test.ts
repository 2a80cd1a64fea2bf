import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copiedOptions, hasSourceRoute, misfit } from "../../src/host/ip-options.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const CASES: [what: string, options: string, wrongAt: number | undefined, sourceRoute: boolean, copied: string][] = [
  ["none", "", undefined, false, ""],
  ["an end alone", "00000000", undefined, false, ""],
  ["nothing, four times", "01010101", undefined, false, ""],
  ["a record route", "07 07 04 00000000 00", undefined, false, ""],
  ["a router alert", "94 04 0000", undefined, false, "94040000"],
  ["a loose source route", "83 07 04 0a000001 00", undefined, true, "8307040a00000100"],
  ["a strict source route", "89 07 04 0a000001 00", undefined, true, "8907040a00000100"],
  ["a source route behind others", "01 07 03 04 83 03 04 00", undefined, true, "83030400"],
  ["a source route behind the end", "00 83 03 04", undefined, false, ""],
  ["a length of zero", "07 00 00 00", 1, false, ""],
  ["a length of one", "01 07 01 00", 2, false, ""],
  ["a length beyond the end", "94 04 0000 07 09 04 00", 5, false, "94040000"],
  ["no length at all", "01 01 01 07", 4, false, ""],
  ["some copied, some not", "07 03 04 94 04 0000 01 82 03 aa 00", undefined, false, "940400008203aa00"],
];

for (const [what, text, wrongAt, sourceRoute, copied] of CASES) {
  test(`${what}: ${wrongAt === undefined ? "fine" : `wrong at ${wrongAt}`}`, () => {
    const options = hex(text);
    equal(misfit(options), wrongAt);
    equal(hasSourceRoute(options), sourceRoute);
    deepEqual(copiedOptions(options), hex(copied));
  });
}

test("whatever stands there, all are read to an end, and what is copied is whole words of it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (options) => {
      hasSourceRoute(options);
      const copied = copiedOptions(options);
      equal(copied.length % 4, 0);
      equal(misfit(copied), undefined);
      equal(copied.length <= ((options.length + 3) & ~3), true);
    }),
  );
});
