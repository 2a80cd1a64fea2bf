import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isIdempotent, isSafe, KNOWN_METHODS } from "../../src/http/methods.ts";

const CASES: [method: string, known: boolean, safe: boolean, idempotent: boolean][] = [
  ["GET", true, true, true],
  ["HEAD", true, true, true],
  ["POST", true, false, false],
  ["PUT", true, false, true],
  ["DELETE", true, false, true],
  ["CONNECT", true, false, false],
  ["OPTIONS", true, true, true],
  ["TRACE", true, true, true],
  ["PATCH", true, false, false],
  // Methods are case-sensitive.
  ["get", false, false, false],
  ["BREW", false, false, false],
  ["constructor", false, false, false],
];

for (const [method, known, safe, idempotent] of CASES) {
  test(`${method} is ${known ? "" : "not "}known, ${safe ? "" : "not "}safe, ${idempotent ? "" : "not "}idempotent`, () => {
    equal(KNOWN_METHODS.has(method), known);
    equal(isSafe(method), safe);
    equal(isIdempotent(method), idempotent);
  });
}
