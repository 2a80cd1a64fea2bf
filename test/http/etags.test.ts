import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isEntityTag, parseEntityTags, sameStrongly, sameWeakly } from "../../src/http/etags.ts";

const LISTS: [value: string, tags: readonly string[] | "*" | undefined][] = [
  ['"a"', ['"a"']],
  ['W/"a"', ['W/"a"']],
  ['""', ['""']],
  ['"a", "b"', ['"a"', '"b"']],
  ['"a","b"', ['"a"', '"b"']],
  ['"a"\t ,\t W/"b"', ['"a"', 'W/"b"']],
  ['"a,b", "c"', ['"a,b"', '"c"']],
  ['"a, b", "c"', ['"a, b"', '"c"']],
  ['"W/", "*"', ['"W/"', '"*"']],
  [', "a",, ,"b" ,', ['"a"', '"b"']],
  ['"a\\"', ['"a\\"']],
  ['"\x80\xff"', ['"\x80\xff"']],
  ["*", "*"],
  ["", undefined],
  [",", undefined],
  ["a", undefined],
  ['"a', undefined],
  ['a"', undefined],
  ['"a""b"', undefined],
  ['"a" "b"', undefined],
  ['"a", b', undefined],
  ['"a\tb"', undefined],
  ['"a\x7f"', undefined],
  ['"a\u0100"', undefined],
  ['w/"a"', undefined],
  ['W/ "a"', undefined],
  ['W"a"', undefined],
  ["W/", undefined],
  ['*, "a"', undefined],
  ["*, *", undefined],
];

for (const [value, tags] of LISTS) {
  test(`the tags of ${JSON.stringify(value)}`, () => deepEqual(parseEntityTags(value), tags));
}

// RFC 9110 §8.8.3.2, table 3
const COMPARED: [a: string, b: string, strongly: boolean, weakly: boolean][] = [
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
];

for (const [a, b, strongly, weakly] of COMPARED) {
  test(`${a} and ${b}: ${strongly ? "the same" : "not the same"}, weakly ${weakly ? "the same" : "not the same"}`, () => {
    equal(sameStrongly(a, b), strongly);
    equal(sameStrongly(b, a), strongly);
    equal(sameWeakly(a, b), weakly);
    equal(sameWeakly(b, a), weakly);
  });
}

const ONE: [text: string, is: boolean][] = [
  ['"a"', true],
  ['W/"a"', true],
  ['""', true],
  ['"a" ', false],
  ['"a","b"', false],
  ["*", false],
  ["", false],
  ["Sun, 06 Nov 1994 08:49:37 GMT", false],
];

for (const [text, is] of ONE) {
  test(`${JSON.stringify(text)} is ${is ? "an" : "no"} entity tag`, () => equal(isEntityTag(text), is));
}

const tag = fc
  .tuple(fc.constantFrom("", "W/"), fc.array(fc.constantFrom("!", "#", ",", "a", "\\", "~", "\xff")))
  .map(([weak, letters]) => `${weak}"${letters.join("")}"`);

test("a list of tags is read as it was joined", () => {
  fc.assert(fc.property(fc.array(tag, { minLength: 1 }), (tags) => deepEqual(parseEntityTags(tags.join(", ")), tags)));
});

test("no text makes it throw, and each tag it finds is one", () => {
  const letters = fc.array(fc.constantFrom('"', "W/", ",", " ", "a", "*", "é")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), letters), (text) => {
      const tags = parseEntityTags(text);
      if (Array.isArray(tags)) for (const tag of tags) equal(isEntityTag(tag), true);
    }),
  );
});
