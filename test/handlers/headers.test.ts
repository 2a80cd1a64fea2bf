import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { parseHeader, withHeaders } from "../../src/handlers/headers.ts";
import { Fields } from "../../src/http/fields.ts";
import { PreparedResponse } from "../../src/http/prepared.ts";
import type { Answer } from "../../src/web/handler.ts";
import { bodyOf, exchange, request } from "./exchange.ts";

const GIVEN = Object.freeze({ "Content-Type": "text/html", "Content-Length": "5", "X-Powered-By": "cake" });
const answer = (): Answer => ({ status: 200, fields: Fields.of(GIVEN), body: bodyOf(["hello"], { length: 5 }) });
const ask = (options: Parameters<typeof withHeaders>[1], line = "GET /", fields: Record<string, string> = {}) =>
  withHeaders(answer, options)(request(line, fields), exchange()) as Answer;

const ADDED: [what: string, options: Parameters<typeof withHeaders>[1], fields: [string, string][]][] = [
  ["nothing", {}, Object.entries(GIVEN)],
  ["a new one", { header: [["X-New", "1"]] }, [...Object.entries(GIVEN), ["X-New", "1"]]],
  [
    "one that is there, in another case",
    { header: [["x-powered-by", "maitred"]] },
    [
      ["Content-Type", "text/html"],
      ["Content-Length", "5"],
      ["x-powered-by", "maitred"],
    ],
  ],
  [
    "one twice",
    {
      header: [
        ["Link", "<a>"],
        ["Link", "<b>"],
      ],
    },
    [...Object.entries(GIVEN), ["Link", "<a>"], ["Link", "<b>"]],
  ],
  [
    "CORS",
    { cors: true },
    [...Object.entries(GIVEN), ["Access-Control-Allow-Origin", "*"], ["Access-Control-Expose-Headers", "*"]],
  ],
  [
    "isolation",
    { coi: true },
    [
      ...Object.entries(GIVEN),
      ["Cross-Origin-Opener-Policy", "same-origin"],
      ["Cross-Origin-Embedder-Policy", "require-corp"],
      ["Cross-Origin-Resource-Policy", "same-origin"],
    ],
  ],
];

for (const [what, options, fields] of ADDED) {
  test(`added: ${what}`, () => deepEqual([...ask(options).fields], fields));
}

test("what everyone may read, everyone may embed", () => {
  equal(ask({ cors: true, coi: true }).fields.get("cross-origin-resource-policy"), "cross-origin");
});

test("what one asks for wins over the switches", () => {
  const { fields } = ask({ coi: true, header: [["cross-origin-embedder-policy", "credentialless"]] });
  equal(fields.get("cross-origin-embedder-policy"), "credentialless");
  equal(fields.get("cross-origin-opener-policy"), "same-origin");
});

test("status, content and tunnel stay as they are", () => {
  const given: Answer = { ...answer(), status: 101, tunnel: async () => {} };
  const { fields: _, ...rest } = withHeaders(() => given, { cors: true })(request("GET /"), exchange()) as Answer;
  const { fields: __, ...expected } = given;
  deepEqual(rest, expected);
});

test("the handler's own fields are not written into", () => {
  const given = answer();
  withHeaders(() => given, { cors: true })(request("GET /"), exchange());
  deepEqual([...given.fields], Object.entries(GIVEN));
});

test("an answer that comes later is decorated, too", async () => {
  const handler = withHeaders(async () => answer(), { header: [["X-New", "1"]] });
  equal((await handler(request("GET /"), exchange())).fields.get("x-new"), "1");
});

test("a prepared response stays one, the same each time", () => {
  const given = new PreparedResponse(404, Fields.of(GIVEN), new TextEncoder().encode("hello"));
  const handler = withHeaders(() => given, { header: [["X-New", "1"]] });
  const first = handler(request("GET /"), exchange()) as Answer;
  equal(first instanceof PreparedResponse, true);
  equal(handler(request("GET /"), exchange()), first);
  deepEqual([first.status, first.body, first.fields.get("x-new")], [404, given.body, "1"]);
});

test("what a program writes for itself is left alone", () => {
  const given = { ...answer(), raw: true };
  equal(withHeaders(() => given, { cors: true })(request("GET /"), exchange()), given);
});

const PREFLIGHT = { "Origin": "https://a.example", "Access-Control-Request-Method": "PUT" };

test("a page that asks in advance is told what it may", () => {
  const { status, fields } = ask({ cors: true, coi: true }, "OPTIONS /", PREFLIGHT);
  equal(status, 204);
  equal(fields.get("access-control-allow-origin"), "*");
  equal(fields.get("access-control-allow-methods"), "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
  equal(fields.get("access-control-allow-headers"), "*, Authorization");
  equal(fields.get("cross-origin-resource-policy"), "cross-origin");
});

const NO_PREFLIGHT: [what: string, cors: boolean, line: string, fields: Record<string, string>][] = [
  ["CORS is off", false, "OPTIONS /", PREFLIGHT],
  ["it is no OPTIONS", true, "PUT /", PREFLIGHT],
  ["no page asks", true, "OPTIONS /", { "Access-Control-Request-Method": "PUT" }],
  ["it asks for no method", true, "OPTIONS /", { Origin: "https://a.example" }],
];

for (const [what, cors, line, fields] of NO_PREFLIGHT) {
  test(`the handler answers where ${what}`, () => equal(ask({ cors }, line, fields).status, 200));
}

const READ: [text: string, name: string, value: string][] = [
  ["Cache-Control: no-store", "Cache-Control", "no-store"],
  ["X-A:b", "X-A", "b"],
  ["X-A: \t b: c \t", "X-A", "b: c"],
  ["X-Empty:", "X-Empty", ""],
];

for (const [text, name, value] of READ) {
  test(`${JSON.stringify(text)} is read`, () => deepEqual(parseHeader(text), [name, value]));
}

const REFUSED: [text: string, why: string][] = [
  ["Cache-Control", 'it is not written "Name: value"'],
  [": value", '"" is not a name'],
  ["A B: c", '"A B" is not a name'],
  ["A : c", '"A " is not a name'],
  ["A: b\r\nC: d", "its value is not one line of ASCII"],
  ["A: \0", "its value is not one line of ASCII"],
  ["A: 메뉴", "its value is not one line of ASCII"],
  ["A: café", "its value is not one line of ASCII"],
  ["Content-Length: 5", "the server writes Content-Length itself"],
  ["transfer-encoding: chunked", "the server writes transfer-encoding itself"],
  ["Connection: close", "the server writes Connection itself"],
  ["Date: today", "the server writes Date itself"],
];

for (const [text, why] of REFUSED) {
  test(`${JSON.stringify(text)} is refused: ${why}`, () => {
    throws(() => parseHeader(text), {
      name: "TypeError",
      message: `Cannot add the header ${JSON.stringify(text)}: ${why}`,
    });
  });
}
