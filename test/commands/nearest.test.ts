import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { didYouMean, nearest } from "../../src/commands/nearest.ts";

const WORDS = ["serve", "echo", "help", "pretty", "json"];

const CASES: [word: string, meant: string | undefined][] = [
  ["serve", "serve"],
  ["serv", "serve"],
  ["sevre", "serve"],
  ["serves", "serve"],
  ["servr", "serve"],
  ["ecoh", "echo"],
  ["ehlp", "help"],
  ["prety", "pretty"],
  ["jsno", "json"],
  ["public", undefined],
  ["x", undefined],
  ["", undefined],
  ["serviceability", undefined],
];

for (const [word, meant] of CASES) {
  test(`"${word}" means ${meant ?? "none of them"}`, () => equal(nearest(word, WORDS), meant));
}

test("of nothing, nothing is near", () => equal(nearest("serve", []), undefined));

test("a hint is a hint or nothing", () => {
  equal(didYouMean("ecoh", WORDS), ' (did you mean "echo"?)');
  equal(didYouMean("public", WORDS), "");
});

test("a long word with one slip is still found", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcdef"), minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.nat(), (word, place) => {
      const at = place % word.length;
      equal(nearest(word.slice(0, at) + word.slice(at + 1), ["ghijkl", word]), word);
      equal(nearest(`${word.slice(0, at)}z${word.slice(at)}`, [word, "ghijkl"]), word);
    }),
  );
});
