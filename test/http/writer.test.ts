import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromLatin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { CHUNKED, UNTIL_CLOSE } from "../../src/http/framing.ts";
import type { Body } from "../../src/http/message.ts";
import { responseReader } from "../../src/http/reader.ts";
import { frameRequest, planResponse, requestHead, responseHead } from "../../src/http/writer.ts";

const endless: Body = { read: () => undefined, cancel() {} };
const ofFive: Body = { ...endless, length: 5 };

/** Method, minor version and Connection of the request; the response; its head without Date; framing; stays open. */
const PLANS: [
  asked: string,
  status: number,
  fields: Record<string, string>,
  body: Body | Uint8Array | undefined,
  head: string,
  length: number,
  stays: boolean,
][] = [
  ["GET 1", 200, {}, utf8("hi"), "200 OK|Content-Length: 2", 2, true],
  ["GET 1", 200, { "Content-Length": "2" }, utf8("hi"), "200 OK|Content-Length: 2", 2, true],
  ["GET 1", 200, {}, undefined, "200 OK|Content-Length: 0", 0, true],
  ["GET 1", 200, {}, ofFive, "200 OK|Content-Length: 5", 5, true],
  ["GET 1", 200, {}, endless, "200 OK|Transfer-Encoding: chunked", CHUNKED, true],
  ["GET 1", 200, { "Content-Length": "9" }, endless, "200 OK|Content-Length: 9", 9, true],
  ["GET 1 close", 200, {}, utf8("hi"), "200 OK|Content-Length: 2|Connection: close", 2, false],
  ["GET 1 Close, te", 200, {}, utf8("hi"), "200 OK|Content-Length: 2|Connection: close", 2, false],
  ["GET 1 keep-alive", 200, {}, utf8("hi"), "200 OK|Content-Length: 2", 2, true],
  // HTTP/1.0 knows no chunks, and stays only where both say so.
  ["GET 0", 200, {}, utf8("hi"), "200 OK|Content-Length: 2|Connection: close", 2, false],
  ["GET 0 keep-alive", 200, {}, utf8("hi"), "200 OK|Content-Length: 2|Connection: keep-alive", 2, true],
  ["GET 0 keep-alive", 200, {}, endless, "200 OK|Connection: close", UNTIL_CLOSE, false],
  // No content, whatever the handler gives.
  ["HEAD 1", 200, {}, utf8("hi"), "200 OK|Content-Length: 2", 0, true],
  ["HEAD 1", 200, {}, ofFive, "200 OK|Content-Length: 5", 0, true],
  ["HEAD 1", 200, {}, endless, "200 OK", 0, true],
  ["HEAD 1", 200, { "Content-Length": "7" }, undefined, "200 OK|Content-Length: 7", 0, true],
  ["GET 1", 204, {}, undefined, "204 No Content", 0, true],
  ["GET 1", 204, { "Content-Length": "0" }, utf8("hi"), "204 No Content", 0, true],
  ["GET 1", 304, {}, undefined, "304 Not Modified", 0, true],
  ["GET 1", 304, { "Content-Length": "5" }, undefined, "304 Not Modified|Content-Length: 5", 0, true],
  // The connection's fields are the connection's.
  ["GET 1", 200, { "Transfer-Encoding": "chunked" }, utf8("hi"), "200 OK|Content-Length: 2", 2, true],
  ["GET 1", 200, { Connection: "close" }, utf8("hi"), "200 OK|Content-Length: 2|Connection: close", 2, false],
  [
    "GET 1",
    426,
    { Connection: "upgrade", Upgrade: "x" },
    utf8("hi"),
    "426 Upgrade Required|Upgrade: x|Connection: upgrade|Content-Length: 2",
    2,
    true,
  ],
];

for (const [asked, status, fields, body, head, length, stays] of PLANS) {
  test(`${asked} → ${status} ${JSON.stringify(fields)} with ${body === undefined ? "nothing" : (body.length ?? "?")}: ${head}`, () => {
    const [method, minor, ...connection] = asked.split(" ");
    const request = {
      method: method!,
      minor: minor === "0" ? (0 as const) : (1 as const),
      fields: Fields.of({ Connection: connection.join(" ") || undefined }),
    };
    const plan = planResponse(request, { status, fields: Fields.of(fields), body }, { date: "", mayStay: true });
    equal(plan.head.trimEnd().replaceAll("\r\n", "|"), `HTTP/1.1 ${head}`);
    equal(plan.length, length);
    equal(plan.staysOpen, stays);
  });
}

const ASKED = { method: "GET", minor: 1, fields: new Fields() } as const;

test("Date is added, unless the handler knows better", () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const print = (fields: Fields) => planResponse(ASKED, { status: 304, fields }, { date, mayStay: true }).head;
  equal(print(new Fields()), `HTTP/1.1 304 Not Modified\r\nDate: ${date}\r\n\r\n`);
  equal(print(Fields.of({ Date: "x" })), "HTTP/1.1 304 Not Modified\r\nDate: x\r\n\r\n");
});

test("a handler's lie about the length is its mistake", () => {
  const response = { status: 200, fields: Fields.of({ "Content-Length": "3" }), body: utf8("hi") };
  throws(() => planResponse(ASKED, response, { date: "", mayStay: true }), TypeError);
});

test("the response's fields are left as they were: they may be shared", () => {
  const fields = Fields.of({ Connection: "close" });
  planResponse(ASKED, { status: 200, fields }, { date: "x", mayStay: true });
  equal(fields.print(), "Connection: close\r\n");
});

const SMUGGLED: [name: string, value: string][] = [
  ["X", "a\r\nSet-Cookie: b"],
  ["X", "a\nb"],
  ["X", "a\rb"],
  ["X", "a\0b"],
  ["X", "메뉴"],
  ["X: a\r\nY", "b"],
  ["", "b"],
  ["X ", "b"],
];

for (const [name, value] of SMUGGLED) {
  test(`no head is written with ${JSON.stringify(name)}: ${JSON.stringify(value)}`, () => {
    const fields = Fields.of([[name, value]]);
    throws(() => responseHead(200, undefined, fields), TypeError);
    throws(() => requestHead({ method: "GET", target: "/", minor: 1, fields }), TypeError);
  });
}

for (const [method, target] of [
  ["G T", "/"],
  ["", "/"],
  ["GET", ""],
  ["GET", "/a b"],
  ["GET", "/a\r\nb"],
] as const) {
  test(`no request is written for ${JSON.stringify(method)} ${JSON.stringify(target)}`, () => {
    throws(() => requestHead({ method, target, minor: 1, fields: new Fields() }), TypeError);
  });
}

test("no response is written with a status that is none", () => {
  for (const status of [99, 1000, 200.5, Number.NaN])
    throws(() => responseHead(status, undefined, new Fields()), TypeError);
  throws(() => responseHead(200, "fine\r\n", new Fields()), TypeError);
});

test("a client says how long its content is", () => {
  const frame = (method: string, body: Body | Uint8Array | undefined) => {
    const fields = Fields.of({ "Content-Length": "999", "Transfer-Encoding": "zip" });
    return `${frameRequest(method, body, fields)} ${fields.print().trimEnd()}`;
  };
  equal(frame("GET", undefined), "0 ");
  equal(frame("POST", undefined), "0 Content-Length: 0");
  equal(frame("POST", utf8("hi")), "2 Content-Length: 2");
  equal(frame("POST", ofFive), "5 Content-Length: 5");
  equal(frame("POST", endless), `${CHUNKED} Transfer-Encoding: chunked`);
});

test("what is written is read as it was meant", () => {
  const name = fc
    .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/)
    .filter((name) => !/^(content-length|transfer-encoding|connection|date)$/i.test(name));
  const value = fc.stringMatching(/^[!-~\x80-\xff]([\t -~\x80-\xff]{0,10}[!-~\x80-\xff])?$/);
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 599 }),
      fc.array(fc.tuple(name, value), { maxLength: 10 }),
      (status, list) => {
        const fields = Fields.of(list);
        const reader = responseReader();
        reader.receive(fromLatin1(responseHead(status, undefined, fields)));
        const head = reader.head("HEAD")!;
        equal(head.status, status);
        equal(head.fields.print(), fields.print());
      },
    ),
  );
});
