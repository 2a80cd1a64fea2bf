import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/http/limits.ts";
import { ProtocolError } from "../../src/http/message.ts";
import { requestReader, responseReader } from "../../src/http/reader.ts";
import { cut, hear, oneByOne, plain } from "./torn.ts";

const H = "Host: a\r\n";

/** What a server accepts: the bytes, and the request in short: method target minor [fields] content. */
const ACCEPTED: [what: string, bytes: string, request: string][] = [
  ["the least there can be", `GET / HTTP/1.1\r\n${H}\r\n`, "GET / 1.1 Host=a |"],
  ["HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0 |"],
  ["empty lines before it", `\r\n\r\nGET / HTTP/1.1\r\n${H}\r\n`, "GET / 1.1 Host=a |"],
  ["a method nobody knows", `BREW /pot HTTP/1.1\r\n${H}\r\n`, "BREW /pot 1.1 Host=a |"],
  ["methods are case-sensitive", `get / HTTP/1.1\r\n${H}\r\n`, "get / 1.1 Host=a |"],
  ["a query", `GET /a?b=c&d HTTP/1.1\r\n${H}\r\n`, "GET /a?b=c&d 1.1 Host=a |"],
  [
    "bytes beyond ASCII in the target, as curl sends them",
    `GET /\xc3\xa4 HTTP/1.1\r\n${H}\r\n`,
    "GET /\xc3\xa4 1.1 Host=a |",
  ],
  ["absolute-form", `GET http://b:81/x HTTP/1.1\r\n${H}\r\n`, "GET http://b:81/x 1.1 Host=a |"],
  ["authority-form", `CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n`, "CONNECT b:443 1.1 Host=b:443 |"],
  ["asterisk-form", `OPTIONS * HTTP/1.1\r\n${H}\r\n`, "OPTIONS * 1.1 Host=a |"],
  ["blanks around a value", "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", "GET / 1.1 Host=a |"],
  ["no blank before a value", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", "GET / 1.1 Host=a |"],
  ["an empty value", `GET / HTTP/1.1\r\n${H}X:\r\nY: \r\n\r\n`, "GET / 1.1 Host=a X= Y= |"],
  [
    "a value with blanks and obs-text",
    `GET / HTTP/1.1\r\n${H}X: a \t\xe4 b\r\n\r\n`,
    "GET / 1.1 Host=a X=a \t\xe4 b |",
  ],
  ["repeated fields, in order", `GET / HTTP/1.1\r\nX: 1\r\n${H}x: 2\r\nX: 3\r\n\r\n`, "GET / 1.1 X=1 Host=a x=2 X=3 |"],
  [
    "a name of odd letters",
    `GET / HTTP/1.1\r\n${H}!#$%&'*+-.^_\`|~09azAZ: 1\r\n\r\n`,
    "GET / 1.1 Host=a !#$%&'*+-.^_`|~09azAZ=1 |",
  ],
  ["an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / 1.1 Host=[::1]:8080 |"],
  [
    "content-length",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhello`,
    "POST / 1.1 Host=a Content-Length=5 |hello",
  ],
  ["a length of nothing", `POST / HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`, "POST / 1.1 Host=a Content-Length=0 |"],
  [
    "a length with zeros before",
    `POST / HTTP/1.1\r\n${H}Content-Length: 0002\r\n\r\nhi`,
    "POST / 1.1 Host=a Content-Length=0002 |hi",
  ],
  [
    "content that looks like a request",
    `POST / HTTP/1.1\r\n${H}Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    "POST / 1.1 Host=a Content-Length=18 |GET / HTTP/1.1\r\n\r\n",
  ],
  [
    "chunks",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    "POST / 1.1 Host=a Transfer-Encoding=chunked |hello world",
  ],
  [
    "chunked in capitals",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n`,
    "POST / 1.1 Host=a Transfer-Encoding=Chunked |0123456789",
  ],
  [
    "chunk extensions",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n2;a;b=c;d="\\"; e" ; f = g\r\nhi\r\n0;z\r\n\r\n`,
    "POST / 1.1 Host=a Transfer-Encoding=chunked |hi",
  ],
  [
    "zeros before a chunk's size",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0002\r\nhi\r\n000\r\n\r\n`,
    "POST / 1.1 Host=a Transfer-Encoding=chunked |hi",
  ],
  [
    "trailers",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n`,
    "POST / 1.1 Host=a Transfer-Encoding=chunked |x Digest=y",
  ],
  [
    "an expectation",
    `PUT / HTTP/1.1\r\n${H}Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx`,
    "PUT / 1.1 Host=a Expect=100-Continue Content-Length=1 |x",
  ],
  ["any expectation of HTTP/1.0 is ignored", "PUT / HTTP/1.0\r\nExpect: wonders\r\n\r\n", "PUT / 1.0 Expect=wonders |"],
];

const printRequests = (pieces: Iterable<Uint8Array>) =>
  hear(requestReader(), pieces).map(({ start, content, trailers }) =>
    [
      `${start.method} ${start.target} 1.${start.minor}`,
      ...[...start.fields].map(([name, value]) => `${name}=${value}`),
      `|${content}`,
      ...Object.entries(trailers ?? {}).map(([name, value]) => `${name}=${value}`),
    ].join(" "),
  );

const NEXT = `HEAD /next HTTP/1.1\r\n${H}\r\n`;

for (const [what, bytes, request] of ACCEPTED) {
  test(`accepted: ${what}`, () => {
    deepEqual(printRequests([fromLatin1(bytes)]), [request], "whole");
    deepEqual(printRequests(oneByOne(fromLatin1(bytes))), [request], "byte by byte");
    const next = "HEAD /next 1.1 Host=a |";
    deepEqual(printRequests([fromLatin1(bytes + NEXT)]), [request, next], "with another behind it");
    deepEqual(printRequests(oneByOne(fromLatin1(bytes + NEXT))), [request, next], "both, byte by byte");
  });
}

test("accepted, torn anywhere: many requests one behind the other", () => {
  const stream = fc.array(fc.constantFrom(...ACCEPTED), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (cases, places) => {
      const bytes = fromLatin1(cases.map(([, text]) => text).join(""));
      deepEqual(
        printRequests(cut(bytes, places)),
        cases.map(([, , request]) => request),
      );
    }),
  );
});

const REFUSED: [status: number, what: string, bytes: string][] = [
  // the request line
  [400, "no method", ` / HTTP/1.1\r\n${H}\r\n`],
  [400, "a method with odd letters", `G(T / HTTP/1.1\r\n${H}\r\n`],
  [400, "one word", `GET\r\n${H}\r\n`],
  [400, "HTTP/0.9", `GET /\r\n${H}\r\n`],
  [400, "a space in the target", `GET /a b HTTP/1.1\r\n${H}\r\n`],
  [400, "two spaces", `GET  / HTTP/1.1\r\n${H}\r\n`],
  [400, "a tab in place of a space", `GET\t/ HTTP/1.1\r\n${H}\r\n`],
  [400, "a space after the version", `GET / HTTP/1.1 \r\n${H}\r\n`],
  [400, "a version of another protocol", `GET / ICE/1.0\r\n${H}\r\n`],
  [400, "a version in small letters", `GET / http/1.1\r\n${H}\r\n`],
  [400, "a version with a long number", `GET / HTTP/1.10\r\n${H}\r\n`],
  [505, "HTTP/2.0", `GET / HTTP/2.0\r\n${H}\r\n`],
  [505, "HTTP/1.2, which does not exist", `GET / HTTP/1.2\r\n${H}\r\n`],
  [505, "HTTP/0.9, said aloud", `GET / HTTP/0.9\r\n${H}\r\n`],
  [505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  [400, "NUL in the target", `GET /\0 HTTP/1.1\r\n${H}\r\n`],
  [400, "a fragment in the target", `GET /#a HTTP/1.1\r\n${H}\r\n`],
  [400, "a relative target", `GET a HTTP/1.1\r\n${H}\r\n`],
  [400, "an asterisk without OPTIONS", `GET * HTTP/1.1\r\n${H}\r\n`],
  [400, "an authority without CONNECT", `GET a:80 HTTP/1.1\r\n${H}\r\n`],
  [400, "CONNECT with a path", `CONNECT / HTTP/1.1\r\n${H}\r\n`],
  [400, "CONNECT without a port", `CONNECT a HTTP/1.1\r\n${H}\r\n`],
  [400, "CONNECT without a host", `CONNECT :443 HTTP/1.1\r\n${H}\r\n`],
  [400, "userinfo in the target", `GET http://me@a/ HTTP/1.1\r\n${H}\r\n`],
  [400, "a bare LF after the request line", `GET / HTTP/1.1\n${H}\r\n`],
  [400, "a bare LF before the request line", `\nGET / HTTP/1.1\r\n${H}\r\n`],
  [400, "bare LFs all over, on which Tiny spins", "GET / HTTP/1.1\nHost: a\n\n"],
  [400, "a bare CR in the request line", `GET /\r HTTP/1.1\r\n${H}\r\n`],
  [400, "TLS on the plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  [414, "a target without end", `GET /${"a".repeat(9000)} HTTP/1.1\r\n${H}\r\n`],
  [414, "a target that goes on and on", `GET /${"a".repeat(9000)}`],
  // the fields
  [400, "a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"],
  [400, "a tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"],
  [400, "a folded line", `GET / HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`],
  [400, "a folded first line", `GET / HTTP/1.1\r\n X: a\r\n${H}\r\n`],
  [400, "an empty name", `GET / HTTP/1.1\r\n${H}: a\r\n\r\n`],
  [400, "a line without a colon", `GET / HTTP/1.1\r\n${H}X\r\n\r\n`],
  [400, "a name with odd letters", `GET / HTTP/1.1\r\n${H}X(: a\r\n\r\n`],
  [400, "a name beyond ASCII", `GET / HTTP/1.1\r\n${H}\xe4: a\r\n\r\n`],
  [400, "NUL in a name", `GET / HTTP/1.1\r\n${H}X\0: a\r\n\r\n`],
  [400, "NUL in a value", `GET / HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`],
  [400, "DEL in a value", `GET / HTTP/1.1\r\n${H}X: a\x7fb\r\n\r\n`],
  [400, "a bare CR in a value", `GET / HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`],
  [400, "a bare LF in a value", `GET / HTTP/1.1\r\n${H}X: a\nY: b\r\n\r\n`],
  [400, "a bare LF as the last line", `GET / HTTP/1.1\r\n${H}\n`],
  [400, "a bare CR as the last line", `GET / HTTP/1.1\r\n${H}\rX`],
  [431, "a field without end", `GET / HTTP/1.1\r\n${H}X: ${"a".repeat(9000)}\r\n\r\n`],
  [431, "a field that goes on and on", `GET / HTTP/1.1\r\n${H}X: ${"a".repeat(9000)}`],
  [431, "a name that goes on and on", `GET / HTTP/1.1\r\n${H}${"a".repeat(9000)}`],
  [431, "too many fields", `GET / HTTP/1.1\r\n${H}${"X: a\r\n".repeat(101)}\r\n`],
  [431, "too much of fields", `GET / HTTP/1.1\r\n${H}${`X: ${"a".repeat(8000)}\r\n`.repeat(9)}\r\n`],
  [400, "no host", "GET / HTTP/1.1\r\n\r\n"],
  [400, "two hosts", `GET / HTTP/1.1\r\n${H}${H}\r\n`],
  [400, "two hosts, in HTTP/1.0", `GET / HTTP/1.0\r\n${H}${H}\r\n`],
  [400, "an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
  [400, "a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
  [400, "a host with a user", "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n"],
  [400, "a host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"],
  [400, "a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"],
  [400, "a host with a port that is none", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n"],
  [400, "a host with a port too high", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"],
  [400, "half an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"],
  [417, "an expectation of wonders", `PUT / HTTP/1.1\r\n${H}Expect: wonders\r\n\r\n`],
  [417, "two expectations", `PUT / HTTP/1.1\r\n${H}Expect: 100-continue, wonders\r\n\r\n`],
  // the length
  [
    400,
    "both length and coding",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [400, "two lengths", `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  [400, "the same length twice", `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
  [400, "a list of lengths", `POST / HTTP/1.1\r\n${H}Content-Length: 5, 5\r\n\r\nhello`],
  [400, "a length with a plus", `POST / HTTP/1.1\r\n${H}Content-Length: +5\r\n\r\nhello`],
  [400, "a length with a minus", `POST / HTTP/1.1\r\n${H}Content-Length: -5\r\n\r\nhello`],
  [400, "a hexadecimal length", `POST / HTTP/1.1\r\n${H}Content-Length: 0x5\r\n\r\nhello`],
  [400, "a length with a fraction", `POST / HTTP/1.1\r\n${H}Content-Length: 5.0\r\n\r\nhello`],
  [400, "a length in exponents", `POST / HTTP/1.1\r\n${H}Content-Length: 5e0\r\n\r\nhello`],
  [400, "a length in words", `POST / HTTP/1.1\r\n${H}Content-Length: five\r\n\r\nhello`],
  [400, "an empty length", `POST / HTTP/1.1\r\n${H}Content-Length:\r\n\r\nhello`],
  [400, "a length beyond counting", `POST / HTTP/1.1\r\n${H}Content-Length: 9007199254740993\r\n\r\n`],
  [400, "a length that overflows", `POST / HTTP/1.1\r\n${H}Content-Length: 18446744073709551621\r\n\r\n`],
  [501, "an unknown coding", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: zip\r\n\r\n`],
  [501, "a coding before chunked", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  [501, "identity", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: identity\r\n\r\n`],
  [501, "a coding that only looks like chunked", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n`],
  [501, "a coding behind odd letters", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \xa0chunked\r\n\r\n`],
  [400, "chunked and then another", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, gzip\r\n\r\n`],
  [400, "chunked twice", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, chunked\r\n\r\n`],
  [
    400,
    "chunked on two lines",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ],
  [400, "no coding at all", `POST / HTTP/1.1\r\n${H}Transfer-Encoding:\r\n\r\n`],
  [400, "a coding in HTTP/1.0", `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  // an early end
  [400, "an end amid the request line", "GET / HT"],
  [400, "an end amid the fields", `GET / HTTP/1.1\r\n${H}`],
  [400, "an end amid the content", `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\n\r\nhell`],
];

const C = `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`;
const CHUNKS_REFUSED: [status: number, what: string, bytes: string][] = [
  [400, "an empty size", "\r\n"],
  [400, "a size in words", "five\r\nhello\r\n"],
  [400, "a size with 0x", "0x5\r\nhello\r\n"],
  [400, "a size with a plus", "+5\r\nhello\r\n"],
  [400, "a size with a minus", "-5\r\nhello\r\n"],
  [400, "a blank before a size", " 5\r\nhello\r\n"],
  [400, "a blank after a size", "5 \r\nhello\r\n"],
  [400, "junk after a size", "5 junk\r\nhello\r\n"],
  [400, "a size with a bare LF", "5\nhello\r\n"],
  [400, "a size with a bare CR", "5\rhello\r\n"],
  [400, "a size that overflows 64 bits", "10000000000000005\r\nhello\r\n"],
  [400, "a size that overflows a number", "fffffffffffff0\r\nhello\r\n"],
  [400, "a size without end", "0".repeat(20000)],
  [400, "an extension with a bare LF", "5;a\nb\r\nhello\r\n"],
  [400, "an extension with NUL", "5;a\0\r\nhello\r\n"],
  [400, "an extension without a name", "5;\r\nhello\r\n"],
  [400, "extensions without end", `5;${"a".repeat(20000)}\r\n`],
  [400, "extensions on every chunk", `1;${"a".repeat(2000)}\r\nx\r\n`.repeat(10)],
  [400, "data without its CRLF", "5\r\nhelloX\r\n0\r\n\r\n"],
  [400, "data longer than its size", "4\r\nhello\r\n0\r\n\r\n"],
  [400, "data with a bare LF after it", "5\r\nhello\n0\r\n\r\n"],
  [400, "data shorter than its size", "6\r\nhello\r\n0\r\n\r\n"],
  [400, "an end amid the data", "5\r\nhel"],
  [400, "an end before the last chunk", "5\r\nhello\r\n"],
  [400, "an end amid the trailers", "0\r\nX: a\r\n"],
  [400, "a trailer that is no field", "0\r\nX\r\n\r\n"],
  [400, "a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"],
  [431, "a trailer without end", `0\r\nX: ${"a".repeat(9000)}\r\n\r\n`],
  [431, "too much of trailers", `0\r\n${`X: ${"a".repeat(4000)}\r\n`.repeat(3)}\r\n`],
];

for (const [status, what, bytes] of [
  ...REFUSED,
  ...CHUNKS_REFUSED.map(([status, what, bytes]) => [status, what, C + bytes] as const),
]) {
  test(`refused with ${status}: ${what}`, () => {
    const refused = (error: unknown) => error instanceof ProtocolError && error.status === status;
    throws(() => printRequests([fromLatin1(bytes)]), refused, "whole");
    throws(() => printRequests(oneByOne(fromLatin1(bytes))), refused, "byte by byte");
    // What only ends too early is no error when it goes on.
    if (what.startsWith("an end")) return;
    throws(() => printRequests([fromLatin1(bytes + NEXT)]), ProtocolError, "with another behind it");
  });
}

test("an error is known before the head is complete: a line that is wrong is enough", () => {
  const reader = requestReader();
  reader.receive(fromLatin1("GET / HTTP/1.1\r\nHost : a\r\n"));
  throws(() => reader.head(), { status: 400 });
});

test("limits are options", () => {
  const limits = { startLine: 20, field: 20, fields: 40, fieldCount: 2, trailer: 10, chunkExtensions: 0 };
  const read = (bytes: string) => () => hear(requestReader(limits), [fromLatin1(bytes)]);
  equal(read(`GET / HTTP/1.1\r\n${H}\r\n`)().length, 1);
  throws(read(`GET /aaaaaaa HTTP/1.1\r\n${H}\r\n`), { status: 414 });
  throws(read(`GET / HTTP/1.1\r\n${H}X: aaaaaaaaaaaaaaaaaa\r\n\r\n`), { status: 431 });
  throws(read(`GET / HTTP/1.1\r\n${H}X: a\r\nY: b\r\n\r\n`), { status: 431 });
});

test("random bytes never do worse than a ProtocolError", () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Nearly right is more dangerous than random: a good request with some bytes changed.
    fc
      .tuple(fc.constantFrom(...ACCEPTED), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
      .map(([[, text], changes]) => {
        const bytes = fromLatin1(text).slice();
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(garbage, fc.array(fc.nat(), { maxLength: 5 }), (bytes, places) => {
      const outcome = (pieces: Iterable<Uint8Array>): unknown => {
        try {
          return printRequests(pieces);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          return error.status;
        }
      };
      // However it is torn, it means the same; where several things are wrong, the first one seen may differ.
      const whole = outcome([bytes]);
      const torn = outcome(cut(bytes, places));
      equal(typeof torn, typeof whole);
      if (typeof whole !== "number") deepEqual(torn, whole);
    }),
    { numRuns: 2000 },
  );
});

const RESPONSES: [what: string, method: string, bytes: string, response: string][] = [
  ["a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 OK |hi"],
  ["no phrase", "GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200  |"],
  ["no phrase nor space", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200  |"],
  ["a long phrase", "GET", "HTTP/1.0 404 Not here, not now\r\nContent-Length: 0\r\n\r\n", "404 Not here, not now |"],
  ["chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200 OK |hi"],
  ["until the end", "GET", "HTTP/1.1 200 OK\r\n\r\nall that comes", "200 OK |all that comes"],
  ["nothing until the end", "GET", "HTTP/1.0 200 OK\r\n\r\n", "200 OK |"],
  ["no content for HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "200 OK |"],
  ["no content for 204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content |"],
  ["no content for 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "304 Not Modified |"],
  ["no content for 1xx", "GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "103 Early Hints |"],
  ["no content for 200 to CONNECT", "CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "200 OK |"],
];

for (const [what, method, bytes, response] of RESPONSES) {
  test(`a client reads: ${what}`, () => {
    const print = (pieces: Iterable<Uint8Array>) =>
      hear(responseReader(), pieces, method).map(({ start, content }) => `${start.status} ${start.reason} |${content}`);
    deepEqual(print([fromLatin1(bytes)]), [response], "whole");
    deepEqual(print(oneByOne(fromLatin1(bytes))), [response], "byte by byte");
  });
}

/** What a client forgives: the bytes, and the fields and the content that it reads. */
const FORGIVEN: [what: string, bytes: string, read: string][] = [
  ["bare LFs all over", "HTTP/1.0 200 OK\nA: 1\nContent-Length: 2\n\nhi", "A: 1|Content-Length: 2|hi"],
  ["some bare LFs", "HTTP/1.1 200 OK\r\nA: 1\nContent-Length: 2\r\n\nhi", "A: 1|Content-Length: 2|hi"],
  ["a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi", "Content-Length: 2|hi"],
  ["blanks and tabs before it", "HTTP/1.1 200 OK\r\nContent-Length \t :2\r\n\r\nhi", "Content-Length: 2|hi"],
  ["a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", "A: b c|Content-Length: 0|"],
  [
    "lines folded again and again, with all kinds of blanks",
    "HTTP/1.1 200 OK\r\nA: b \t\r\n\t c d\t\r\n \r\n\te \n f\r\nB: g\r\nContent-Length: 0\r\n\r\n",
    "A: b c d e f|B: g|Content-Length: 0|",
  ],
  [
    "a value that stands in the second line",
    "HTTP/1.1 200 OK\r\nA:\r\n b\r\n c\r\nContent-Length:\n\t2\r\n\r\nhi",
    "A: b c|Content-Length: 2|hi",
  ],
  ["an empty value, folded", "HTTP/1.1 200 OK\r\nA:\r\n \r\nContent-Length: 0\r\n\r\n", "A: |Content-Length: 0|"],
  [
    "a fold that would have been a field",
    "HTTP/1.1 200 OK\r\nA: b\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\nhi",
    "A: b Content-Length: 9|Content-Length: 2|hi",
  ],
  ["a list of the same length", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2,2\r\n\r\nhi", "Content-Length: 2|hi"],
  [
    "the same length twice",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\ncontent-length: 2\r\n\r\nhi",
    "Content-Length: 2|A: 1|hi",
  ],
];

for (const [what, bytes, read] of FORGIVEN) {
  test(`a client forgives: ${what}`, () => {
    const print = (pieces: Iterable<Uint8Array>) =>
      hear(responseReader(), pieces).map(({ start, content }) =>
        [...[...start.fields].map(([name, value]) => `${name}: ${value}`), content].join("|"),
      );
    const next = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    deepEqual(print([fromLatin1(bytes)]), [read], "whole");
    deepEqual(print(oneByOne(fromLatin1(bytes))), [read], "byte by byte");
    deepEqual(print([fromLatin1(bytes + next)]), [read, "Content-Length: 1|x"], "with another behind it");
    deepEqual(print(oneByOne(fromLatin1(bytes + next))), [read, "Content-Length: 1|x"], "both, byte by byte");
  });
}

test("however a value is folded and torn, a client reads its words with one space between them", () => {
  const blank = fc.stringMatching(/^[ \t]{1,3}$/);
  const end = fc.constantFrom("\r\n", "\n");
  const word = fc.stringMatching(/^[!-~\x80-\xff]{1,5}$/);
  const fold = fc.tuple(fc.stringMatching(/^[ \t]{0,3}$/), end, blank, word);
  fc.assert(
    fc.property(
      word,
      fc.array(fold, { maxLength: 5 }),
      end,
      fc.array(fc.nat(), { maxLength: 9 }),
      (first, folds, lf, places) => {
        const value = first + folds.map((parts) => parts.join("")).join("");
        const bytes = fromLatin1(`HTTP/1.1 204 No Content${lf}A: ${value}${lf}B: 1${lf}${lf}`);
        const read = [{ A: [first, ...folds.map((parts) => parts[3])].join(" "), B: "1" }];
        deepEqual(
          hear(responseReader(), cut(bytes, places)).map(({ start }) => plain(start.fields)),
          read,
        );
      },
    ),
  );
});

const RESPONSES_REFUSED: [what: string, bytes: string][] = [
  ["no status line", "hello\r\n\r\n"],
  ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["a status with letters", "HTTP/1.1 2x0 OK\r\n\r\n"],
  ["a status of 0", "HTTP/1.1 000 OK\r\n\r\n"],
  ["two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n"],
  ["a folded first line", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n"],
  ["a blank in a name", "HTTP/1.1 200 OK\r\nX Y: a\r\n\r\n"],
  ["a blank for a name", "HTTP/1.1 200 OK\r\nA: b\r\n: c\r\n\r\n"],
  ["a blank and no colon", "HTTP/1.1 200 OK\r\nX \r\n\r\n"],
  ["a bare CR", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"],
  ["a bare CR for a line end", "HTTP/1.1 200 OK\rX: a\r\r"],
  ["NUL in a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n \0\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"],
  ["a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nhi!"],
  ["a list of what is no length", "HTTP/1.1 200 OK\r\nContent-Length: x, x\r\n\r\nhi!"],
  ["a length of commas", "HTTP/1.1 200 OK\r\nContent-Length: ,\r\n\r\nhi!"],
  ["a length that is folded in two", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\nhi!"],
  ["a coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["an unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
  ["chunks with bare LFs", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n"],
  ["trailers with bare LFs", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\n\r\n"],
  ["folded trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\n 2\r\n\r\n"],
  ["both length and coding", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a body that breaks off", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"],
  ["chunks that break off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi"],
  ["a head that breaks off", "HTTP/1.1 200 OK\r\nContent-Le"],
];

for (const [what, bytes] of RESPONSES_REFUSED) {
  test(`a client refuses: ${what}`, () => {
    const refused = { name: "ProtocolError", status: 502 };
    throws(() => hear(responseReader(), [fromLatin1(bytes)]), refused, "whole");
    throws(() => hear(responseReader(), oneByOne(fromLatin1(bytes))), refused, "byte by byte");
  });
}

const TOO_LONG: [what: string, bytes: string][] = [
  ["status line", `HTTP/1.1 200 ${"a".repeat(9000)}`],
  ["field", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(9000)}`],
  ["field for its blanks", `HTTP/1.1 200 OK\r\nX${" ".repeat(9000)}`],
  ["folded field", `HTTP/1.1 200 OK\r\nX: a\r\n${` ${"a".repeat(100)}\r\n`.repeat(90)}`],
  ["field folded over nothing", `HTTP/1.1 200 OK\r\nX: a\n${" \n".repeat(5000)}`],
  ["head", `HTTP/1.1 200 OK\r\n${`X: ${"a".repeat(8000)}\n`.repeat(9)}`],
  ["list of fields", `HTTP/1.1 200 OK\n${"X: a\n".repeat(101)}`],
];

for (const [what, bytes] of TOO_LONG) {
  test(`a client refuses a ${what} that goes on and on`, () => {
    throws(() => hear(responseReader(), [fromLatin1(bytes)]), { name: "ProtocolError", status: 431 }, "whole");
    throws(() => hear(responseReader(), oneByOne(fromLatin1(bytes))), { status: 431 }, "byte by byte");
  });
}

test("content that had come before the peer's end is still read", () => {
  const reader = responseReader();
  reader.receive(fromLatin1("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
  reader.head("GET");
  reader.end();
  equal(latin1(reader.content()!), "hi");
  equal(reader.isDone, true);
});

test("whoever goes on in another protocol gets what has come", () => {
  const reader = requestReader();
  reader.receive(fromLatin1("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n\x16\x03"));
  reader.head();
  equal(reader.waiting, 2);
  equal(latin1(reader.takeWaiting()), "\x16\x03");
  equal(reader.waiting, 0);
});

test("who goes by the target alone needs no Host, but takes no two", () => {
  const read = (...lines: string[]) => {
    const reader = requestReader(LIMITS, false);
    reader.receive(fromLatin1([...lines, "", ""].join("\r\n")));
    return reader.head();
  };
  equal(read("GET http://a/ HTTP/1.1")?.target, "http://a/");
  throws(() => read("GET http://a/ HTTP/1.1", "Host: a", "Host: b"), { status: 400 });
});

test("an empty line before an answer is skipped, however it is torn; another protocol is refused at its first letter", () => {
  const reader = responseReader();
  for (const piece of ["\r", "\n", "H", "TTP/1.1 204 No Content\r\n\r\n"]) {
    equal(reader.head("GET"), undefined);
    reader.receive(fromLatin1(piece));
  }
  equal(reader.head("GET")?.status, 204);
  const other = responseReader();
  other.receive(fromLatin1("S"));
  throws(() => other.head("GET"), { status: 502 });
});

test("empty lines before a message are skipped, but not without end", () => {
  for (const reader of [requestReader(), responseReader()]) {
    reader.receive(fromLatin1("\r\n".repeat(100)));
    equal(reader.head("GET"), undefined);
    reader.receive(fromLatin1("\r\n"));
    throws(() => reader.head("GET"), ProtocolError);
  }
});
