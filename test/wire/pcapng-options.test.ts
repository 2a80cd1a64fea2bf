import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  COMMENT,
  numberOf,
  numberOption,
  optionsLength,
  type PcapngOption,
  parseOptions,
  putOptions,
  textOf,
  textOption,
  textsOf,
} from "../../src/wire/pcapng-options.ts";
import { amid, hex } from "./packets.ts";

function put(options: readonly PcapngOption[]): Uint8Array {
  const bytes = new Uint8Array(optionsLength(options));
  putOptions(bytes, 0, options);
  return bytes;
}

test("each goes up to a multiple of four, and an end is behind the last", () => {
  const options = [...textOption(COMMENT, "hello"), ...numberOption(9, 1, 6)];
  deepEqual(put(options), hex("0100 0500 68656c6c6f 000000 0900 0100 06 000000 0000 0000"));
});

test("no options take no room", () => {
  equal(optionsLength([...textOption(COMMENT, undefined), ...numberOption(9, 8, undefined)]), 0);
});

test("any options are read as they were put", () => {
  const option = fc.record(
    { code: fc.integer({ min: 1, max: 0xffff }), value: fc.uint8Array({ maxLength: 9 }) },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(fc.array(option), (options) => deepEqual(parseOptions(amid(put(options)), true), options)));
});

test("what is behind the end, or runs over it, is no option", () => {
  deepEqual(parseOptions(hex("0000 0000 0100 0100 61 000000"), true), []);
  deepEqual(parseOptions(hex("0100 0100 61 000000 0100 0500 61"), true), [{ code: 1, value: hex("61") }]);
  deepEqual(parseOptions(hex("0100"), true), []);
});

test("numbers have a size, and are read in the file's byte order", () => {
  for (const [size, number] of [
    [1, 200],
    [4, 0xfedcba98],
    [8, 2 ** 52 + 1],
  ] as const) {
    const options = numberOption(7, size, number);
    equal(numberOf(options, 7, size, true), number);
    const turned = options.map(({ code, value }) => ({ code, value: value.slice().reverse() }));
    equal(numberOf(turned, 7, size, false), number);
    equal(numberOf(options, 7, size === 1 ? 4 : 1, true), undefined);
    equal(numberOf(options, 8, size, true), undefined);
  }
});

test("there may be several remarks, in any language", () => {
  const options = [...textOption(COMMENT, "zuerst"), ...textOption(2, "–"), ...textOption(COMMENT, "메뉴")];
  deepEqual(textsOf(parseOptions(put(options), true), COMMENT), ["zuerst", "메뉴"]);
  equal(textOf(options, COMMENT), "zuerst");
  equal(textOf(options, 3), undefined);
});

test("what is longer than its length can say is a mistake of the caller", () => {
  throws(() => put(textOption(COMMENT, "x".repeat(65536))), {
    name: "RangeError",
    message: "Cannot put an option of 65536 bytes: 65535 are the most",
  });
});
