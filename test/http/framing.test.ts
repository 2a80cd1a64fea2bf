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
