import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cookieOf } from "../../src/http/cookies.ts";
import { Fields } from "../../src/http/fields.ts";

const COOKIES: [cookie: string, name: string, value: string | undefined][] = [
  ["a=1", "a", "1"],
  ["a=1; session=x", "session", "x"],
  ["a=1;b=2", "b", "2"],
  ["  a = 1 ;\tb\t=\t2", "a", "1"],
  ["  a = 1 ;\tb\t=\t2", "b", "2"],
  ["a=", "a", ""],
  ["a=b=c==", "a", "b=c=="],
  ['a="1"', "a", '"1"'],
  // The first counts.
  ["a=1; a=2", "a", "1"],
  // Names have their case, and are whole.
  ["A=1", "a", undefined],
  ["aa=1; ba=2", "a", undefined],
  ["b=a=1", "a", undefined],
  // No pair.
  ["a", "a", undefined],
  ["=1", "", undefined],
  ["", "a", undefined],
  [";;; a=1;", "a", "1"],
  // What others call white space is part of a name.
  ["\xa0a=1", "a", undefined],
  ["a=1\xa0", "a", "1\xa0"],
];

for (const [cookie, name, value] of COOKIES) {
  test(`in ${JSON.stringify(cookie)}, "${name}" is ${JSON.stringify(value)}`, () => {
    equal(cookieOf(Fields.of({ Cookie: cookie }), name), value);
  });
}

test("without Cookie there is none", () => {
  equal(cookieOf(new Fields(), "a"), undefined);
});

test("several lines are read one after the other", () => {
  const fields = Fields.of([
    ["Cookie", "a=1; b=2"],
    ["COOKIE", "c=3; a=4"],
  ]);
  equal(cookieOf(fields, "c"), "3");
  equal(cookieOf(fields, "a"), "1");
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (cookie, name) => void cookieOf(Fields.of({ Cookie: cookie }), name)),
  );
});
