import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { commandLine } from "../../src/cgi/words.ts";

const QUERIES: [query: string | undefined, words: string[]][] = [
  [undefined, []],
  ["", []],
  ["hello", ["hello"]],
  ["hello+world", ["hello", "world"]],
  ["hello%20world", ["hello world"]],
  ["a%2Bb", ["a+b"]],
  // An encoded "=" is none.
  ["a%3Db", ["a=b"]],
  ["a=b", []],
  ["a+b=c", []],
  // Each active character of the shell behind a backslash (§7.2).
  ["15000&213", ["15000\\&213"]],
  ["%60rm%60", ["\\`rm\\`"]],
  ["$(x)|y;z", ["\\$\\(x\\)\\|y\\;z"]],
  ["a%0Ab", ["a\\\nb"]],
  ["\xe9%ff", ["\xe9\xff"]],
  // All or nothing: what cannot be an argument, what is no word, what is half a percent sign.
  ["a+%00", []],
  ["a++b", []],
  ["+", []],
  ["a+%4", []],
  ["a+%zz", []],
  // An option, to a program that is an interpreter (CVE-2012-1823).
  ["-s", []],
  ["%2Ds", []],
  ["a+-s", []],
  ["a-s", ["a-s"]],
];

for (const [query, words] of QUERIES) {
  test(`the query ${JSON.stringify(query)} is the command line ${JSON.stringify(words)}`, () => {
    deepEqual(commandLine("GET", query), words);
  });
}

test("only GET and HEAD have words", () => {
  deepEqual(
    ["HEAD", "POST", "PUT", "get"].map((method) => commandLine(method, "a")),
    [["a"], [], [], []],
  );
});
