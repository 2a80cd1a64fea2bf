import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Fields } from "../../src/http/fields.ts";
import {
  CHUNKED,
  contentLength,
  isBodiless,
  mendContentLength,
  requestBodyLength,
  responseBodyLength,
  UNTIL_CLOSE,
} from "../../src/http/framing.ts";

// The refusals stand in reader.test.ts, where they are also torn.
test("a request without a length has no content", () => {
  equal(requestBodyLength(1, new Fields()), 0);
  equal(requestBodyLength(1, Fields.of({ "Content-Length": "5" })), 5);
  equal(requestBodyLength(1, Fields.of({ "Transfer-Encoding": "chunked" })), CHUNKED);
});

test("a response without a length goes on until the connection ends", () => {
  equal(responseBodyLength("GET", 200, 1, new Fields()), UNTIL_CLOSE);
  equal(responseBodyLength("GET", 200, 1, Fields.of({ "Content-Length": "5" })), 5);
});

const BODILESS: [method: string, status: number, bodiless: boolean][] = [
  ["GET", 100, true],
  ["GET", 103, true],
  ["GET", 199, true],
  ["GET", 200, false],
  ["GET", 204, true],
  ["GET", 205, false],
  ["GET", 304, true],
  ["GET", 404, false],
  ["HEAD", 200, true],
  ["HEAD", 404, true],
  ["CONNECT", 200, true],
  ["CONNECT", 299, true],
  ["CONNECT", 407, false],
];

for (const [method, status, bodiless] of BODILESS) {
  test(`${status} to ${method} ${bodiless ? "ends after its head" : "has content"}`, () => {
    equal(isBodiless(method, status), bodiless);
    equal(responseBodyLength(method, status, 1, Fields.of({ "Content-Length": "5" })), bodiless ? 0 : 5);
  });
}

test("a length is digits that a number can count", () => {
  equal(contentLength("9007199254740991"), Number.MAX_SAFE_INTEGER);
  for (const text of ["", "9007199254740992", "1e3", "٣", "5,5"]) throws(() => contentLength(text), { status: 400 });
});

const MENDED: [given: string | undefined, mended: string | undefined][] = [
  ["5, 5", "5"],
  ["5,5\t, ,5", "5"],
  ["5", "5"],
  ["5, 6", "5, 6"],
  ["5, 05", "5, 05"],
  ["5, 5 5", "5, 5 5"],
  [",", ","],
  ["", ""],
  [undefined, undefined],
];

for (const [given, mended] of MENDED) {
  test(`a response's length of "${given}" is ${mended === given ? "left alone" : "said once"}`, () => {
    const fields = Fields.of({ "Content-Length": given });
    mendContentLength(fields);
    equal(fields.get("content-length"), mended);
  });
}

/** Of a response: rule 4 of §6.3, and §6.1. */
const CODINGS: [coding: string, length: number | { status: number }][] = [
  ["chunked", CHUNKED],
  ["Chunked", CHUNKED],
  ["gzip", { status: 501 }],
  ["gzip, chunked", { status: 501 }],
  ["x-gzip;level=9", { status: 501 }],
  ["foo, br", { status: 501 }],
  ["foo, chunked", { status: 501 }],
  ["chunked, gzip", { status: 400 }],
  ["chunked, foo", { status: 400 }],
  ["chunked, chunked", { status: 400 }],
  // What no one has heard of has not been applied, so the bytes are what they are.
  ["identity", UNTIL_CLOSE],
  ["Identity", UNTIL_CLOSE],
  ["foo", UNTIL_CLOSE],
  ["foo, bar;baz=1", UNTIL_CLOSE],
  ["foo ;bar, , identity", UNTIL_CLOSE],
  // It looks too much like it.
  ["xchunked", { status: 501 }],
  ["chunkedx", { status: 501 }],
  ['"chunked"', { status: 501 }],
  ["", { status: 400 }],
  [",", { status: 400 }],
];

for (const [coding, length] of CODINGS) {
  test(`a response in the transfer coding "${coding}" ${typeof length === "number" ? "can be read" : "cannot be read"}`, () => {
    const fields = Fields.of({ "Transfer-Encoding": coding });
    const read = () => responseBodyLength("GET", 200, 1, fields);
    if (typeof length === "number") equal(read(), length);
    else throws(read, length);
  });
}

test("a coding that is none is forgiven only to a response of HTTP/1.1 without a length", () => {
  const coding = { "Transfer-Encoding": "identity" };
  throws(() => responseBodyLength("GET", 200, 0, Fields.of(coding)), { status: 400 });
  throws(() => responseBodyLength("GET", 200, 1, Fields.of({ ...coding, "Content-Length": "5" })), { status: 400 });
  throws(() => requestBodyLength(1, Fields.of(coding)), { status: 501 });
  throws(() => requestBodyLength(0, Fields.of(coding)), { status: 400 });
});

test("what has no content has none, whatever its transfer coding", () => {
  for (const coding of ["identity", "gzip", "chunked", "chunked, gzip"]) {
    equal(responseBodyLength("HEAD", 200, 1, Fields.of({ "Transfer-Encoding": coding })), 0);
    equal(responseBodyLength("GET", 304, 1, Fields.of({ "Transfer-Encoding": coding })), 0);
  }
});
