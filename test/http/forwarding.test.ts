import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";
import { forwardable, forwardableTrailers } from "../../src/http/forwarding.ts";

const names = (fields: Fields | undefined): string => [...(fields ?? [])].map(([name]) => name).join(" ");
const named = (text: string): Fields => Fields.of(text.split(" ").map((name) => [name, "x"] as const));

const CASES: [what: string, given: string, connection: string | undefined, kept: string][] = [
  ["nothing is dropped without a reason", "Host Accept Cookie", undefined, "Host Accept Cookie"],
  ["order and repetitions stay", "B a B A", undefined, "B a B A"],
  ["those of one connection", "TE Keep-Alive Upgrade Transfer-Encoding Proxy-Connection A", undefined, "A"],
  ["however they are spelt", "te KEEP-ALIVE uPGRADE transfer-encoding HTTP2-Settings", undefined, ""],
  ["what is said to a proxy", "Proxy-Authorization A", undefined, "A"],
  ["what a proxy says", "Proxy-Authenticate Proxy-Authentication-Info WWW-Authenticate", undefined, "WWW-Authenticate"],
  [
    "names that look like them",
    "TEA Proxy-Connections Upgrades User-Agent",
    undefined,
    "TEA Proxy-Connections Upgrades User-Agent",
  ],
  ["Trailer goes on", "Trailer", undefined, "Trailer"],
  ["Connection itself", "A", "keep-alive", "A"],
  ["an option is no field", "A Close", "close", "A"],
  ["what Connection lists", "X-Hop A x-hop", "close, X-HOP", "A"],
  ["what it lists with blanks and empty elements", "X-Hop Y-Hop A", "\t,, x-hop\t , ,y-hop,", "A"],
  [
    "what it lists, credentials too",
    "Cookie Authorization X-Forwarded-For A",
    "cookie, authorization, x-forwarded-for",
    "A",
  ],
  ["Trailer, where it is listed", "Trailer A", "trailer", "A"],
  [
    "not what nobody may list",
    "Host Content-Length Via CDN-Loop Cache-Control",
    "host, content-length, via, cdn-loop, cache-control",
    "Host Content-Length Via CDN-Loop Cache-Control",
  ],
  ["a byte that is no blank belongs to the name", "Cookie", "\xa0cookie", "Cookie"],
  ["a list of nothing", "A", ",", "A"],
];

for (const [what, given, connection, kept] of CASES) {
  test(`passed on: ${what}`, () => {
    const fields = named(given);
    if (connection !== undefined) fields.append("Connection", connection);
    equal(names(forwardable(fields)), kept);
  });
}

test("several Connection lines are one list", () => {
  const fields = Fields.of([
    ["Connection", "x-one"],
    ["X-One", "1"],
    ["CONNECTION", "x-two"],
    ["X-Two", "2"],
    ["X-Three", "3"],
  ]);
  equal(names(forwardable(fields)), "X-Three");
});

test("what goes on is a copy: who received the message still has it whole", () => {
  const fields = Fields.of({ Connection: "close", A: "1" });
  const passed = forwardable(fields).set("A", "2");
  notEqual(passed, fields);
  equal(fields.print(), "Connection: close\r\nA: 1\r\n");
});

const TRAILERS: [what: string, given: string, kept: string][] = [
  [
    "checks and measures",
    "Content-Digest Repr-Digest Server-Timing ETag grpc-status Proxy-Status",
    "Content-Digest Repr-Digest Server-Timing ETag grpc-status Proxy-Status",
  ],
  ["no framing", "Content-Length Transfer-Encoding Trailer Connection TE X", "X"],
  ["no routing", "Host Via Max-Forwards CDN-Loop", ""],
  ["no request modifiers", "If-Match if-none-match Range Expect Cache-Control Pragma", ""],
  ["no credentials", "Authorization Cookie Set-Cookie WWW-Authenticate Proxy-Authorization", ""],
  ["no format", "Content-Type CONTENT-ENCODING Content-Range Content-Location", ""],
  ["no response controls", "Age Expires Date Location Vary Retry-After", ""],
  ["nothing that a proxy vouches for", "Forwarded X-Forwarded-For x-forwarded-proto X-Real-IP", ""],
  ["not what Connection lists", "X-Hop X", "X"],
];

for (const [what, given, kept] of TRAILERS) {
  test(`trailers passed on: ${what}`, () => {
    equal(names(forwardableTrailers(named(given), Fields.of({ Connection: "x-hop" }))), kept);
  });
}

test("where no trailers are left there is no trailer section", () => {
  equal(forwardableTrailers(undefined, new Fields()), undefined);
  equal(forwardableTrailers(named("Host"), new Fields()), undefined);
});

const ENDS_HERE =
  /^(connection|keep-alive|proxy-(connection|auth.*)|te|close|transfer-encoding|upgrade|http2-settings)$/i;
const STAYS = /^(host|content-length|via|cdn-loop|cache-control)$/i;
const name = fc.oneof(
  fc.constantFrom(
    "Connection",
    "tE",
    "UPGRADE",
    "Keep-alive",
    "Transfer-Encoding",
    "Host",
    "Via",
    "Cookie",
    "X-A",
    "x-b",
  ),
  fc.stringMatching(/^[!#-'*+.^_`|~0-9A-Za-z-]{1,20}$/),
);

test("whatever comes: what ends here never goes on, nor what is listed; all else does", () => {
  const options = fc.array(name, { maxLength: 4 }).map((list) => list.join(", "));
  const line = fc.oneof(fc.tuple(name, fc.string()), fc.tuple(fc.constant("Connection"), options));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const listed = lines
        .filter(([name]) => /^connection$/i.test(name))
        .flatMap(([, value]) => value.split(","))
        .map((option) => option.replace(/^[ \t]+|[ \t]+$/g, "").toLowerCase());
      deepEqual(
        [...forwardable(Fields.of(lines))],
        lines.filter(([name]) => !ENDS_HERE.test(name) && (STAYS.test(name) || !listed.includes(name.toLowerCase()))),
      );
    }),
  );
});
