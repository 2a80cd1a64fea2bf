import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../src/base/bytes.ts";
import { multipart } from "../../src/handlers/byteranges.ts";
import { isToken } from "../../src/http/grammar.ts";

const CONTENT = "0123456789";

test("two ranges, as RFC 9110 §14.6 shows it", () => {
  const { type, parts, length } = multipart(
    [
      { first: 0, last: 1 },
      { first: 8, last: 9 },
    ],
    "text/plain",
    10,
    "SEP",
  );
  equal(type, "multipart/byteranges; boundary=SEP");
  const text = parts
    .map((part) => (part instanceof Uint8Array ? latin1(part) : CONTENT.slice(part.first, part.last + 1)))
    .join("");
  deepEqual(text.split("\r\n"), [
    "",
    "--SEP",
    "Content-Type: text/plain",
    "Content-Range: bytes 0-1/10",
    "",
    "01",
    "--SEP",
    "Content-Type: text/plain",
    "Content-Range: bytes 8-9/10",
    "",
    "89",
    "--SEP--",
    "",
  ]);
  equal(length, text.length);
});

test("each message has a boundary of its own, which needs no quotes", () => {
  const boundary = () => multipart([{ first: 0, last: 0 }], "text/plain", 1).type.split("=")[1]!;
  notEqual(boundary(), boundary());
  equal(isToken(boundary()), true);
});
