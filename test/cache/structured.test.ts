import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseItem, Token } from "structured-headers";
import { printName, printString, stringsIn } from "../../src/cache/structured.ts";

const LISTS: [value: string | undefined, strings: string[]][] = [
  [undefined, []],
  ["", []],
  ['"a"', ["a"]],
  ['"a", "b c" ,"d"', ["a", "b c", "d"]],
  ['"a";b=1;c, "d"', ["a", "d"]],
  ['"say \\"hi\\"", "\\\\"', ['say "hi"', "\\"]],
  ['"A", "a"', ["A", "a"]],
  ['""', [""]],
  // What is no string is left out.
  ['a, "b", 1, ("c"), ?1, :aGk=:', ["b"]],
  // What is no list is nothing.
  ['"a', []],
  ['"a",', []],
  ['"a" "b"', []],
  ['"\xe9"', []],
  ["'a'", []],
];

for (const [value, strings] of LISTS) {
  test(`the strings in ${value ?? "nothing"} are ${JSON.stringify(strings)}`, () =>
    deepEqual(stringsIn(value), strings));
}

const PRINTED: [text: string, printed: string][] = [
  ["", '""'],
  ["a b", '"a b"'],
  ['"\\', '"\\"\\\\"'],
  ["caf\xe9 \u{1f600}\n", '"caf? ??"'],
];

for (const [text, printed] of PRINTED)
  test(`${JSON.stringify(text)} is written ${printed}`, () => equal(printString(text), printed));

const NAMES: [name: string, printed: string][] = [
  ["maitred", "maitred"],
  ["cache-3.example:80/a", "cache-3.example:80/a"],
  ["*", "*"],
  ["Example CDN", '"Example CDN"'],
  ["3cache", '"3cache"'],
  ["", '""'],
  ["a;b", '"a;b"'],
  ["a,b", '"a,b"'],
  ["é", '"?"'],
];

for (const [name, printed] of NAMES)
  test(`who is called "${name}" signs ${printed}`, () => equal(printName(name), printed));

test("what is written can be read", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      const [value] = parseItem(printString(text));
      equal(value, text.replace(/[^ -~]/gu, "?"));
      const [name] = parseItem(printName(text));
      equal(name instanceof Token ? name.toString() : name, value);
      deepEqual(stringsIn(`${printString(text)}, ${printString("b")};c`), [value, "b"]);
    }),
  );
});

test("no text makes it throw", () => {
  const nonsense = fc
    .array(fc.constantFrom('"', "\\", ",", "(", ")", ";", "=", "a", "1", "?", ":", " ", "@", "%"))
    .map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(nonsense, fc.string()), (value) => void stringsIn(value)));
});
