import { equal } from "node:assert/strict";
import { test } from "node:test";
import { mediaTypeOf } from "../../src/handlers/media-types.ts";

const TYPES: [name: string, type: string][] = [
  ["index.html", "text/html; charset=utf-8"],
  ["INDEX.HTML", "text/html; charset=utf-8"],
  ["style.css", "text/css; charset=utf-8"],
  ["app.mjs", "text/javascript; charset=utf-8"],
  ["data.json", "application/json; charset=utf-8"],
  ["menu.txt", "text/plain; charset=utf-8"],
  ["logo.svg", "image/svg+xml; charset=utf-8"],
  ["photo.jpg", "image/jpeg"],
  ["module.wasm", "application/wasm"],
  ["backup.tar.gz", "application/gzip"],
  ["메뉴.html", "text/html; charset=utf-8"],
  ["README", "application/octet-stream"],
  ["html", "application/octet-stream"],
  [".html", "application/octet-stream"],
  ["x.unheard-of", "application/octet-stream"],
  ["trailing.", "application/octet-stream"],
];

for (const [name, type] of TYPES) {
  test(`${name} is ${type}`, () => equal(mediaTypeOf(name), type));
}
