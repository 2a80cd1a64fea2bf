import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { elements } from "../../src/http/grammar.ts";
import { quotedElements, trimmed, unquoted } from "../../src/http/lists.ts";

const LISTS: [value: string, elements: string[]][] = [
  ["", []],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  ["a , b\t,\tc", ["a", "b", "c"]],
  [" a ", ["a"]],
  // Empty elements do not count (§5.6.1.2).
  [",", []],
  [" , a,, ,b,", ["a", "b"]],
  // Quotes.
  ['"a"', ['"a"']],
  ['"a,b"', ['"a,b"']],
  ['a="1, 2", b', ['a="1, 2"', "b"]],
  ['a="1", b="2"', ['a="1"', 'b="2"']],
  ['"" , ""', ['""', '""']],
  ['x"a,b"y, c', ['x"a,b"y', "c"]],
  ['" , "', ['" , "']],
  // An escaped quote ends nothing, an escaped backslash escapes nothing.
  ['"a\\",b", c', ['"a\\",b"', "c"]],
  ['"a\\\\", b', ['"a\\\\"', "b"]],
  ['"a\\\\\\", b", c', ['"a\\\\\\", b"', "c"]],
  // Outside of quotes a backslash is a letter like others.
  ["a\\,b", ["a\\", "b"]],
  ['\\"a,b", c', ['\\"a,b"', "c"]],
  // A quote that never ends does not hide what comes behind it.
  ['a="1, 2', ['a="1', "2"]],
  ['"', ['"']],
  ['"a\\', ['"a\\']],
  ['"a\\", b', ['"a\\"', "b"]],
  ['a, "b\\", c"', ["a", '"b\\", c"']],
  ['"a", "b, c', ['"a"', '"b', "c"]],
  ['"a\\", \\"b, c', ['"a\\"', '\\"b', "c"]],
  // Space and tab are white space, nothing else is.
  ["\xa0a, b\v", ["\xa0a", "b\v"]],
];

for (const [value, list] of LISTS) {
  test(`the elements of ${JSON.stringify(value)} are ${JSON.stringify(list)}`, () => {
    deepEqual(quotedElements(value), list);
  });
}

const STRINGS: [text: string, says: string | undefined][] = [
  ['""', ""],
  ['"a"', "a"],
  ['"a, b"', "a, b"],
  ['"a \\"b\\""', 'a "b"'],
  ['"\\\\"', "\\"],
  ['"\\a"', "a"],
  ['"\xe9"', "\xe9"],
  ["", undefined],
  ["a", undefined],
  ['"', undefined],
  ['"a', undefined],
  ['a"', undefined],
  ['"a"b"', undefined],
  ['"a" ', undefined],
  ['"a\\"', undefined],
  ["'a'", undefined],
];

for (const [text, says] of STRINGS) {
  test(`${text === "" ? "nothing" : text} says ${says === undefined ? "nothing, being no quoted string" : JSON.stringify(says)}`, () => {
    equal(unquoted(text), says);
  });
}

test("a part is trimmed where it stands", () => {
  equal(trimmed("  a b\t"), "a b");
  equal(trimmed("a = b", 0, 2), "a");
  equal(trimmed("a = b", 3), "b");
  equal(trimmed(" \t "), "");
  equal(trimmed("\xa0"), "\xa0");
});

const letters = fc.array(fc.constantFrom('"', "\\", ",", " ", "\t", "a", "=", "b")).map((parts) => parts.join(""));

test("nothing but commas, white space and empty elements gets lost", () => {
  fc.assert(
    fc.property(letters, (value) => {
      const list = quotedElements(value);
      ok(list.every((element) => element !== "" && element === trimmed(element)));
      const rest = (text: string): string => text.replace(/[,\t ]/g, "");
      equal(rest(list.join("")), rest(value));
    }),
  );
});

test("without quotes they are what they are in any list", () => {
  fc.assert(
    fc.property(letters, (text) => {
      const value = text.replaceAll('"', "");
      deepEqual(quotedElements(value), elements(value));
    }),
  );
});

test("what is quoted says what it was made of", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = `"${text.replace(/["\\]/g, "\\$&")}"`;
      equal(unquoted(quoted), text);
      deepEqual(quotedElements(`a, ${quoted} ,b`), ["a", quoted, "b"]);
    }),
  );
});

test("long nonsense is read in no time", () => {
  const started = performance.now();
  for (const part of [" ", "\t ", '"', '\\"', "\\", ",", ", ", "a ", 'a"', '",']) {
    quotedElements(part.repeat(50_000));
    quotedElements(`a${part.repeat(50_000)}b`);
    unquoted(`"${part.repeat(50_000)}`);
  }
  ok(performance.now() - started < 1000);
});
