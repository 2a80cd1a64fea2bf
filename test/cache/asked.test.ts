import { equal } from "node:assert/strict";
import { test } from "node:test";
import { askedOf, isForOrigin } from "../../src/cache/asked.ts";
import { fieldsOf, type Lines } from "./kept.ts";

/** §5.2.1, §5.4. */
const WISHES: [request: Lines, name: string, isAsked: boolean][] = [
  [{}, "no-cache", false],
  [{ "Cache-Control": "no-cache" }, "no-cache", true],
  [{ "Cache-Control": "max-age=0, No-Cache" }, "no-cache", true],
  [{ "Cache-Control": ["max-age=0", "no-cache"] }, "no-cache", true],
  [{ "Cache-Control": "only-if-cached" }, "only-if-cached", true],
  // For those who know nothing newer.
  [{ Pragma: "no-cache" }, "no-cache", true],
  [{ Pragma: "foo, No-Cache" }, "no-cache", true],
  [{ Pragma: "foo" }, "no-cache", false],
  [{ Pragma: 'foo="no-cache"' }, "no-cache", false],
  [{ Pragma: "only-if-cached, max-stale" }, "only-if-cached", false],
  [{ Pragma: "only-if-cached, max-stale" }, "max-stale", false],
  // Who knows it has said it there.
  [{ Pragma: "no-cache", "Cache-Control": "max-age=60" }, "no-cache", false],
  [{ Pragma: "no-cache", "Cache-Control": "" }, "no-cache", false],
  // Targeted fields are for responses.
  [{ "CDN-Cache-Control": "no-cache" }, "no-cache", false],
];

for (const [request, name, isAsked] of WISHES) {
  test(`${JSON.stringify(request)} ${isAsked ? "asks" : "does not ask"} for ${name}`, () => {
    equal(askedOf(fieldsOf(request)).has(name), isAsked);
  });
}

test("what has nothing to ask asks for nothing", () => {
  equal(askedOf(fieldsOf({ Pragma: "foo" })).isEmpty, true);
  equal(askedOf(fieldsOf({ Accept: "a" })).isEmpty, true);
});

const CONDITIONS: [name: string, isForOrigin: boolean][] = [
  ["If-Match", true],
  ["If-Unmodified-Since", true],
  ["If-None-Match", false],
  ["If-Modified-Since", false],
  ["If-Range", false],
  ["Range", false],
];

for (const [name, its] of CONDITIONS) {
  test(`${name} is ${its ? "for the origin alone" : "for a cache, too"} (§4.3.2)`, () => {
    equal(isForOrigin(fieldsOf({ [name]: '"a"' })), its);
  });
}
