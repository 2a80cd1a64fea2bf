import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";

const MONDAY = "Mon, 07 Nov 1994 08:49:37 GMT";
const TUESDAY = "Tue, 08 Nov 1994 08:49:37 GMT";
const hello = (): PreparedResponse =>
  new PreparedResponse(200, Fields.of({ "Content-Type": "text/plain", "Content-Length": "5" }), utf8("hello"));
const head = (date: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nDate: ${date}\r\n\r\n`;

test("head and body are one piece, and the head is a part of it", () => {
  const response = hello();
  equal(latin1(response.whole(MONDAY)!), `${head(MONDAY)}hello`);
  equal(latin1(response.head(MONDAY)), head(MONDAY));
  equal(response.head(MONDAY).buffer, response.whole(MONDAY)!.buffer);
});

test("the bytes are made once for a date, and those given out are never changed", () => {
  const response = hello();
  const monday = response.whole(MONDAY)!;
  equal(response.whole(MONDAY), monday);
  const tuesday = response.whole(TUESDAY)!;
  notEqual(tuesday, monday);
  equal(latin1(tuesday), `${head(TUESDAY)}hello`);
  equal(latin1(monday), `${head(MONDAY)}hello`);
});

test("it may be asked for the head first, and for an empty date", () => {
  equal(latin1(hello().head(MONDAY)), head(MONDAY));
  equal(latin1(hello().head("")), head(""));
});

test("a long body stays apart from its head", () => {
  const response = (length: number) => new PreparedResponse(404, new Fields(), new Uint8Array(length));
  ok(response(32 * 1024).whole(MONDAY));
  const long = response(32 * 1024 + 1);
  equal(long.whole(MONDAY), undefined);
  equal(latin1(long.head(MONDAY)), `HTTP/1.1 404 Not Found\r\nDate: ${MONDAY}\r\n\r\n`);
  equal(long.body.length, 32 * 1024 + 1);
});

test("a body of nothing is just a head", () => {
  const response = new PreparedResponse(204, new Fields(), new Uint8Array(0));
  deepEqual(response.whole(MONDAY), response.head(MONDAY));
});
