import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { elements, isFieldValue, isToken } from "../../src/http/grammar.ts";

const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");

test("which letters make a token (RFC 9110 §5.6.2)", () => {
  equal(
    [...every].filter(isToken).join(""),
    "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
  );
  equal(isToken(""), false);
  equal(isToken("메뉴"), false);
});

test("which letters a value may not hold (RFC 9110 §5.5)", () => {
  equal([...every].filter((letter) => !isFieldValue(letter)).length, 32 - 1 + 1);
  for (const letter of ["\0", "\n", "\r", "\x7f", "\u0100"]) equal(isFieldValue(`a${letter}b`), false);
  equal(isFieldValue(""), true);
});

test("a list is read without its empty elements (RFC 9110 §5.6.1.2)", () => {
  deepEqual(elements("a, b ,\tc"), ["a", "b", "c"]);
  deepEqual(elements(", a,, ,b,"), ["a", "b"]);
  deepEqual(elements(""), []);
  deepEqual(elements(undefined), []);
  deepEqual(elements("\xa0chunked"), ["\xa0chunked"]);
});
