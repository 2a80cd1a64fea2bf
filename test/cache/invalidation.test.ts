import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { invalidatedBy } from "../../src/cache/invalidation.ts";
import { CacheKeys, type KeyRules, PLAIN_KEY } from "../../src/cache/key.ts";
import { originOfKey } from "../../src/cache/said.ts";
import { fieldsOf, type Lines } from "./kept.ts";

const URI = "http://localhost:8080/a?b";
const urls = (method: string, status: number, lines: Lines = {}, keys?: CacheKeys): string[] =>
  invalidatedBy(method, URI, status, fieldsOf(lines), keys).map((which) => {
    if (which.by === "url") return which.url;
    return which.by === "group" ? `${which.group} of ${which.origin}` : which.by;
  });

/** §4.4: "when it receives a non-error status code in response to an unsafe request method". */
const METHODS: [method: string, isUnsafe: boolean][] = [
  ["POST", true],
  ["PUT", true],
  ["DELETE", true],
  ["PATCH", true],
  // "including methods whose safety is unknown"
  ["M-SEARCH", true],
  ["BREW", true],
  ["get", true],
  ["GET", false],
  ["HEAD", false],
  ["OPTIONS", false],
  ["TRACE", false],
];

for (const [method, isUnsafe] of METHODS) {
  test(`${method} makes ${isUnsafe ? "its target" : "nothing"} invalid`, () => {
    deepEqual(urls(method, 200), isUnsafe ? [URI] : []);
  });
}

const STATUSES: [status: number, isError: boolean][] = [
  ...[200, 201, 202, 204, 206, 299, 301, 303, 304, 399].map((status) => [status, false] as [number, boolean]),
  ...[100, 103, 199, 400, 404, 409, 412, 499, 500, 503, 599, 999].map((status) => [status, true] as [number, boolean]),
];

for (const [status, isError] of STATUSES) {
  test(`a ${status} makes ${isError ? "nothing" : "something"} invalid`, () => {
    const lines = { Location: "/b", "Cache-Group-Invalidation": '"x"' };
    equal(urls("POST", status, lines).length, isError ? 0 : 3);
  });
}

/** The others, besides the target. */
const OTHERS: [lines: Lines, others: string[]][] = [
  [{}, []],
  [{ Location: "/b" }, ["http://localhost:8080/b"]],
  [{ Location: "b?c#d" }, ["http://localhost:8080/b?c"]],
  [{ "Content-Location": "http://localhost:8080/b" }, ["http://localhost:8080/b"]],
  [{ Location: "/b", "Content-Location": "/c" }, ["http://localhost:8080/b", "http://localhost:8080/c"]],
  [{ Location: "/b", "Content-Location": "/b" }, ["http://localhost:8080/b"]],
  [{ Location: "/a?b" }, []],
  [{ Location: "HTTP://LOCALHOST:8080/b" }, ["http://localhost:8080/b"]],
  // As they are spelt in keys.
  [{ Location: "/%7eb/%c3" }, ["http://localhost:8080/~b/%C3"]],
  // "if the origin … of the URI to be invalidated differs from that of the target URI"
  [{ Location: "http://localhost/b" }, []],
  [{ Location: "https://localhost:8080/b" }, []],
  [{ Location: "http://other:8080/b" }, []],
  [{ Location: "//other:8080/b" }, []],
  [{ Location: "http://user@localhost:8080/b" }, []],
  [{ Location: "http://localhost:8080.other/b" }, []],
  // What cannot be read.
  [{ Location: "http://" }, []],
  [{ Location: "mailto:localhost" }, []],
];

for (const [lines, others] of OTHERS) {
  test(`${JSON.stringify(lines)} in an answer makes ${others.join(" and ") || "no other"} invalid`, () => {
    deepEqual(urls("POST", 201, lines), [URI, ...others]);
  });
}

/** RFC 9875 §3. */
const GROUPS: [value: string, groups: string[]][] = [
  ['"eurovision-results", "australia"', ["eurovision-results", "australia"]],
  ['"a";b=1, "a"', ["a"]],
  ["a", []],
  ['"a', []],
  ["", []],
  [
    Array.from({ length: 40 }, (_, i) => `"${`${i}`.padStart(40, "g")}"`).join(),
    Array.from({ length: 40 }, (_, i) => `${i}`.padStart(40, "g")),
  ],
];

for (const [value, groups] of GROUPS) {
  test(`Cache-Group-Invalidation: ${value.slice(0, 40)} means ${groups.length} groups of the same origin`, () => {
    const lines = { "Cache-Group-Invalidation": value };
    deepEqual(urls("POST", 200, lines), [URI, ...groups.map((group) => `${group} of http://localhost:8080`)]);
    // "MUST be ignored on responses to requests that have a safe method".
    deepEqual(urls("GET", 200, lines), []);
  });
}

/** They are found as they are stored. */
const KEYS: [rules: Partial<KeyRules>, found: string[]][] = [
  [{ ignoredQuery: ["b"] }, ["http://localhost:8080/a", "http://localhost:8080/c", "x of http://localhost:8080"]],
  [{ without: ["query"] }, ["http://localhost:8080/a", "http://localhost:8080/c", "x of http://localhost:8080"]],
  [{ without: ["scheme"] }, ["any://localhost:8080/a?b", "any://localhost:8080/c?b", "x of any://localhost:8080"]],
  [{ without: ["host"] }, ["http://any/a?b", "http://any/c?b", "x of http://any"]],
  [{ withFields: ["foo"] }, ["http://localhost:8080/a?b", "http://localhost:8080/c?b", "x of http://localhost:8080"]],
];

for (const [rules, found] of KEYS) {
  test(`by ${JSON.stringify(rules)} they are looked for at ${found.join(" and ")}`, () => {
    const lines = { Location: "/c?b", "Cache-Group-Invalidation": '"x"' };
    deepEqual(urls("POST", 201, lines, new CacheKeys({ ...PLAIN_KEY, ...rules })), found);
  });
}

test("no text reaches beyond its origin, or makes it throw", () => {
  const text = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.string().map((part) => `http://localhost:8080/${part}`),
  );
  fc.assert(
    fc.property(text, text, text, (location, content, groups) => {
      const lines = { Location: location, "Content-Location": content, "Cache-Group-Invalidation": groups };
      for (const which of invalidatedBy("POST", URI, 201, fieldsOf(lines))) {
        if (which.by === "url") equal(originOfKey(which.url), "http://localhost:8080");
        if (which.by === "group") equal(which.origin, "http://localhost:8080");
      }
    }),
  );
});
