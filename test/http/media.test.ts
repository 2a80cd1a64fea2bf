import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isCompressible, parseMediaType, printMediaType, withCharset } from "../../src/http/media.ts";

const READ: [text: string, type: string | undefined, parameters?: Record<string, string>][] = [
  ["text/html", "text/html"],
  ["Text/HTML;Charset=utf-8", "text/html", { charset: "utf-8" }],
  ['text/html; charset="utf-8"', "text/html", { charset: "utf-8" }],
  ["text/html \t;\t charset=UTF-8", "text/html", { charset: "UTF-8" }],
  ["text/html;;  ;charset=utf-8;", "text/html", { charset: "utf-8" }],
  ["image/svg+xml", "image/svg+xml"],
  ["*/*", "*/*"],
  ['a/b; x="; y=\\"1\\", \\\\"; z=2', "a/b", { x: '; y="1", \\', z: "2" }],
  ['a/b; x=""', "a/b", { x: "" }],
  ["a/b; x=1; X=2", "a/b", { x: "1" }],
  ["multipart/form-data; boundary=----a.b", "multipart/form-data", { boundary: "----a.b" }],
  ["", undefined],
  ["text", undefined],
  ["text/", undefined],
  ["/html", undefined],
  [" text/html", undefined],
  ["text/html ", undefined],
  ["text/html, text/plain", undefined],
  ["text/html charset=utf-8", undefined],
  ["text/html; charset", undefined],
  ["text/html; charset=", undefined],
  ["text/html; charset =utf-8", undefined],
  ["text/html; charset= utf-8", undefined],
  ['text/html; charset="utf-8', undefined],
  ['text/html; charset="utf-8"x', undefined],
  ["te xt/html", undefined],
];

for (const [text, type, parameters = {}] of READ) {
  test(`${JSON.stringify(text)} is ${type ?? "no media type"}`, () => {
    const media = parseMediaType(text);
    equal(media?.type, type);
    if (media !== undefined) deepEqual(Object.fromEntries(media.parameters), parameters);
  });
}

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09az"), minLength: 1 });
const value = fc.string({ unit: fc.constantFrom(...'az09 \t"\\;,=/\x80\xff') });
const media = fc
  .tuple(token, token, fc.array(fc.tuple(token, value)))
  .map(([type, subtype, parameters]) => ({ type: `${type}/${subtype}`, parameters: new Map(parameters) }));

test("what is printed is read again", () => {
  fc.assert(fc.property(media, (type) => deepEqual(parseMediaType(printMediaType(type)), type)));
});

test("no text makes it throw", () => {
  const letters = fc.array(fc.constantFrom("a/b", ";", "q", "=", '"', "\\", " ", "é")).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(fc.string(), letters), (text) => void parseMediaType(text)));
});

const KINDS: [type: string, compressible: boolean, withCharset: string][] = [
  ["text/html", true, "text/html; charset=utf-8"],
  ["text/html; charset=latin1", true, "text/html; charset=latin1"],
  ["TEXT/HTML;x=1", true, "TEXT/HTML;x=1; charset=utf-8"],
  ["text/css", true, "text/css; charset=utf-8"],
  ["text/javascript", true, "text/javascript; charset=utf-8"],
  ["text/event-stream", false, "text/event-stream; charset=utf-8"],
  ["application/javascript", true, "application/javascript; charset=utf-8"],
  ["application/json", true, "application/json; charset=utf-8"],
  ["application/manifest+json", true, "application/manifest+json; charset=utf-8"],
  ["application/xml", true, "application/xml; charset=utf-8"],
  ["application/xhtml+xml", true, "application/xhtml+xml; charset=utf-8"],
  ["image/svg+xml", true, "image/svg+xml; charset=utf-8"],
  ["application/wasm", true, "application/wasm"],
  ["font/ttf", true, "font/ttf"],
  ["image/png", false, "image/png"],
  ["image/jpeg", false, "image/jpeg"],
  ["font/woff2", false, "font/woff2"],
  ["video/mp4", false, "video/mp4"],
  ["application/zip", false, "application/zip"],
  ["application/gzip", false, "application/gzip"],
  ["application/pdf", false, "application/pdf"],
  ["application/octet-stream", false, "application/octet-stream"],
  ["", false, ""],
];

for (const [type, compressible, charset] of KINDS) {
  test(`"${type}" ${compressible ? "gets" : "does not get"} smaller, and is sent as "${charset}"`, () => {
    equal(isCompressible(type), compressible);
    equal(withCharset(type), charset);
  });
}

test("long nonsense is read in no time", () => {
  const started = performance.now();
  for (const part of [" ", ";", "a", "a/b; ", '"', "\\", ";a=", '; a="'])
    for (const text of [part.repeat(20_000), `a/b${part.repeat(20_000)}\0`]) {
      parseMediaType(text);
      isCompressible(text);
      withCharset(text);
    }
  ok(performance.now() - started < 1000);
});
