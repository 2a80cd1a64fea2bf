import { deepEqual, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../../src/http/message.ts";
import { parsePath, printPath, splitTarget } from "../../src/http/path.ts";

const PATHS: [target: string, segments: string[], isFolder: boolean, query?: string][] = [
  ["/", [], true],
  ["/a", ["a"], false],
  ["/a/", ["a"], true],
  ["/a/b", ["a", "b"], false],
  ["//a//b//", ["a", "b"], true],
  ["/a?b", ["a"], false, "b"],
  ["/a?", ["a"], false, ""],
  ["/a?b?c=%2e%2E/..", ["a"], false, "b?c=%2e%2E/.."],
  ["/menu/%EC%96%B4/../cake?size=2", ["menu", "cake"], false, "size=2"],
  ["/%EC%96%B4", ["어"], false],
  ["/a%20b+c", ["a b+c"], false],
  ["/%2541", ["%41"], false],
  // Dot segments, plain and encoded, never lead out.
  ["/.", [], true],
  ["/..", [], true],
  ["/../../etc/passwd", ["etc", "passwd"], false],
  ["/a/./b", ["a", "b"], false],
  ["/a/..", [], true],
  ["/a/b/../", ["a"], true],
  ["/%2e%2E/a", ["a"], false],
  ["/a/.%2e/b", ["b"], false],
  ["/...", ["..."], false],
  ["/.hidden", [".hidden"], false],
  ["/..a", ["..a"], false],
  // Bytes beyond ASCII, as curl sends them.
  ["/\xec\x96\xb4?\xec", ["어"], false, "\xec"],
  // Absolute-form.
  ["http://localhost", [], true],
  ["http://localhost?x", [], true, "x"],
  ["http://localhost/a/b?x", ["a", "b"], false, "x"],
  ["HTTP://user@[::1]:8080/a", ["a"], false],
];

for (const [target, segments, isFolder, query] of PATHS) {
  test(`${target} names ${isFolder ? "the folder" : ""} ${segments.join(" > ") || "root"}`, () => {
    deepEqual(parsePath(target), { segments, isFolder, query });
  });
}

const REFUSED = [
  "/%",
  "/%4",
  "/%zz",
  "/%ff",
  "/%C0%AE%C0%AE/",
  "/%ED%A0%80",
  "/a%00",
  "/a\0b",
  "/a\\b",
  "/..\\..\\etc",
  "/%5c%2e%2e",
  "*",
  "localhost:443",
  "a/b",
  "",
];

for (const target of REFUSED) {
  test(`${JSON.stringify(target)} is refused with 400`, () => {
    throws(
      () => parsePath(target),
      (error) => error instanceof ProtocolError && error.status === 400,
    );
  });
}

for (const target of ["/a%2Fb", "/..%2f..%2fetc", "/%2F"]) {
  test(`${target} is nowhere: no name holds a slash`, () => throws(() => parsePath(target), { status: 404 }));
}

const SPLIT: [target: string, path: string, query: string | undefined][] = [
  ["/a%20b/../c?d", "/a%20b/../c", "d"],
  ["/a", "/a", undefined],
  ["/a?b?c", "/a", "b?c"],
  ["http://h/a?b", "/a", "b"],
  ["http://h", "/", undefined],
  ["http://h?b/c", "/", "b/c"],
];

for (const [target, path, query] of SPLIT) {
  test(`${target} is split, and stays as it was sent`, () => deepEqual(splitTarget(target), { path, query }));
}

const part = fc.constantFrom("a", "..", ".", "%2e", "%2f", "%", "\\", "//", "/", "?", "%00", "é", "%C3%A9", "://");

test("no target leads out of the root, and none throws anything but 400 and 404", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => `/${parts.join("")}`),
      ),
      (target) => {
        try {
          for (const segment of parsePath(target).segments) {
            ok(segment !== "" && segment !== "." && segment !== "..");
            ok(!/[\0\\/]/.test(segment));
          }
        } catch (error) {
          ok(error instanceof ProtocolError);
          ok(error.status === 400 || error.status === 404);
        }
      },
    ),
  );
});

test("any names, encoded, come back as they were", () => {
  const name = fc
    .string({ unit: "binary", minLength: 1 })
    .filter((text) => text.isWellFormed() && !/[\0\\/]/.test(text) && text !== "." && text !== "..");
  fc.assert(
    fc.property(fc.array(name), (names) => {
      deepEqual(parsePath(`/${names.map(encodeURIComponent).join("/")}`).segments, names);
    }),
  );
});

const PRINTED: [segments: string[], isFolder: boolean, text: string][] = [
  [[], true, "/"],
  [["a"], false, "/a"],
  [["a", "b"], true, "/a/b/"],
  [["메뉴.html"], false, "/%EB%A9%94%EB%89%B4.html"],
  [["what?", "#1", "100%"], false, "/what%3F/%231/100%25"],
  [["a/b"], false, "/a%2Fb"],
];

for (const [segments, isFolder, text] of PRINTED) {
  test(`${JSON.stringify(segments)} is printed as ${text}`, () => {
    deepEqual(printPath(segments, isFolder), text);
  });
}
