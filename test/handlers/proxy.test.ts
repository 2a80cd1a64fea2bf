import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1 } from "../../src/base/bytes.ts";
import { type MessageReader, requestReader, responseReader } from "../../src/http/reader.ts";
import { DATE, forward, proxyScene, reverse, type Side, VIA } from "./proxy-scene.ts";

const HOST = "Host: origin.test";
const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const HEARD_OK = ["HTTP/1.1 200 OK", "Content-Length: 2", VIA, DATE, "", "ok"];

// ── a request's fields ──

/** What a client says of a GET, and what the server hears. */
const THERE: [what: string, says: string[], hears: string[]][] = [
  ["Host is the target's", [HOST], [HOST, VIA]],
  ["Host is the target's, even where the client lies", ["Host: evil.test"], [HOST, VIA]],
  ["Host is the target's, in its place", ["A: 1", "hOST: evil.test:81", "B: 2"], ["A: 1", HOST, "B: 2", VIA]],
  [
    "fields keep their order, their repetitions and their spelling",
    [HOST, "b: 1", "A: 2", "B: 3", "aCCept: x", "X_odd!name: \xe4", "Empty:", "A: 2"],
    [HOST, "b: 1", "A: 2", "B: 3", "aCCept: x", "X_odd!name: \xe4", "Empty: ", "A: 2", VIA],
  ],
  [
    "what is for this connection alone stays here",
    [HOST, "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: gzip", "A: 1"],
    [HOST, "A: 1", VIA],
  ],
  [
    "what Connection lists stays here, however it is spelt",
    [HOST, "X-Hop: 1", "Connection: close ,\tx-HOP", "x-hop: 2", "Y-Hop: 3", "Connection: y-hop", "X-Hopper: 4"],
    [HOST, "X-Hopper: 4", VIA],
  ],
  [
    "Connection cannot take Host, Via or Cache-Control away",
    [HOST, "Via: 1.0 a", "Cache-Control: no-store", "Connection: host, via, cache-control"],
    [HOST, "Via: 1.0 a", "Cache-Control: no-store", VIA],
  ],
  [
    "what a client says to its proxy does not go on",
    [HOST, "Proxy-Authorization: Basic YTpi", "Authorization: Basic YTpi"],
    [HOST, "Authorization: Basic YTpi", VIA],
  ],
  ["who takes trailers is said to take them", [HOST, "TE: trailers"], [HOST, VIA, "TE: trailers", "Connection: TE"]],
  [
    "who takes trailers among other things, too",
    [HOST, "TE: deflate;q=0.5,  Trailers", "Connection: TE"],
    [HOST, VIA, "TE: trailers", "Connection: TE"],
  ],
  [
    "Via grows, and those before stay",
    [HOST, "Via: 1.0 fred, 1.1 p.example.com (a, b)", "Via: 2 c"],
    [HOST, "Via: 1.0 fred, 1.1 p.example.com (a, b)", "Via: 2 c", VIA],
  ],
  [
    "nobody is told for whom the proxy asks",
    [HOST, "X-Forwarded-For: 1.2.3.4"],
    [HOST, "X-Forwarded-For: 1.2.3.4", VIA],
  ],
  ["Max-Forwards means nothing to GET", [HOST, "Max-Forwards: 0"], [HOST, "Max-Forwards: 0", VIA]],
  ["a length of nothing is nothing", [HOST, "Content-Length: 0"], [HOST, VIA]],
  ["an expectation without content is none", [HOST, "Expect: 100-continue"], [HOST, VIA]],
  [
    "an upgrade that no proxy passes on is not asked for",
    [HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
    [HOST, VIA],
  ],
  [
    "of several upgrades those are asked for that may be",
    [HOST, "Connection: upgrade", "Upgrade: h2c, websocket, TLS/1.0, Custom/2"],
    [HOST, VIA, "Connection: Upgrade", "Upgrade: websocket, Custom/2"],
  ],
  ["an upgrade that Connection does not list is none", [HOST, "Upgrade: websocket"], [HOST, VIA]],
];

for (const [what, says, hears] of THERE) {
  test(`there: ${what}`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", ...says, "", "");
      const origin = await upstream();
      await origin.hears("GET / HTTP/1.1", ...hears, "", "");
    }));
}

test("a client of HTTP/1.0 needs no Host; its version is told, and the server's is ours", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.0", "A: 1", "", "");
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.1", "A: 1", HOST, "Via: 1.0 maitred", "", "");
    await origin.says(...OK);
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 2", VIA, "Connection: close", DATE, "", "ok");
    equal(await client.hearsOut(), "");
  }));

test("a client of HTTP/1.0 may ask for more, where it says so", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/1 HTTP/1.0", "Connection: keep-alive", "", "");
    const origin = await upstream();
    await origin.says(...OK);
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 2", VIA, "Connection: keep-alive", DATE, "", "ok");
    await client.says("GET http://origin.test/2 HTTP/1.0", "", "");
    await origin.says(...OK);
    await client.hearsLike(/ok/);
  }));

test("a client of HTTP/1.0 can neither upgrade nor expect", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    const fields = ["Connection: upgrade", "Upgrade: websocket", "Expect: 100-continue", "Content-Length: 2"];
    await client.says("POST http://origin.test/ HTTP/1.0", ...fields, "", "hi");
    const origin = await upstream();
    await origin.hears("POST / HTTP/1.1", HOST, "Via: 1.0 maitred", "Content-Length: 2", "", "hi");
  }));

// ── methods ──

for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get"]) {
  test(`${method} goes on as it is`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(`${method} http://origin.test/ HTTP/1.1`, HOST, "", "");
      const origin = await upstream();
      await origin.hears(`${method} / HTTP/1.1`, HOST, VIA, "", "");
      await origin.says("HTTP/1.1 204 No Content", "", "");
      await client.hears("HTTP/1.1 204 No Content", VIA, DATE, "", "");
    }));
}

for (const method of ["POST", "PUT", "PATCH"]) {
  test(`${method} without content says so`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(`${method} http://origin.test/ HTTP/1.1`, HOST, "", "");
      await (await upstream()).hears(`${method} / HTTP/1.1`, HOST, VIA, "Content-Length: 0", "", "");
    }));
}

// ── an answer's fields ──

/** What a server says, and what the client hears. */
const BACK: [what: string, says: string[], hears: string[]][] = [
  ["an answer without Date gets one", OK, HEARD_OK],
  [
    "Date stays where it is",
    ["HTTP/1.1 200 OK", "date: yesterday", "Content-Length: 2", "", "ok"],
    ["HTTP/1.1 200 OK", "date: yesterday", "Content-Length: 2", VIA, "", "ok"],
  ],
  [
    "fields keep their order, their repetitions and their spelling",
    ["HTTP/1.1 200 OK", "set-cookie: a=b", "X: 1", "Set-Cookie: c=d, e", "x: 2", "Content-Length: 2", "", "ok"],
    [
      "HTTP/1.1 200 OK",
      "set-cookie: a=b",
      "X: 1",
      "Set-Cookie: c=d, e",
      "x: 2",
      "Content-Length: 2",
      VIA,
      DATE,
      "",
      "ok",
    ],
  ],
  [
    "what is for one connection alone stays there, with what Connection lists",
    [
      "HTTP/1.1 200 OK",
      "Connection: close, X-Hop",
      "X-Hop: 1",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: close",
      "Upgrade: h2c",
      "Content-Length: 2",
      "",
      "ok",
    ],
    HEARD_OK,
  ],
  [
    "Via tells the version it came in, and those before stay",
    ["HTTP/1.0 200 OK", "Via: 1.1 a", "Content-Length: 2", "", "ok"],
    ["HTTP/1.1 200 OK", "Via: 1.1 a", "Content-Length: 2", "Via: 1.0 maitred", DATE, "", "ok"],
  ],
  [
    "a reason and a status of one's own go on",
    ["HTTP/1.1 299 Quite  fine \xe4", "Content-Length: 2", "", "ok"],
    ["HTTP/1.1 299 Quite  fine \xe4", "Content-Length: 2", VIA, DATE, "", "ok"],
  ],
  [
    "no reason is none",
    ["HTTP/1.1 200 ", "Content-Length: 2", "", "ok"],
    ["HTTP/1.1 200 ", "Content-Length: 2", VIA, DATE, "", "ok"],
  ],
  ["the same length said twice is said once", ["HTTP/1.1 200 OK", "Content-Length: 2, 2", "", "ok"], HEARD_OK],
  [
    "a length of nothing stays",
    ["HTTP/1.1 200 OK", "Content-Length: 0", "", ""],
    ["HTTP/1.1 200 OK", "Content-Length: 0", VIA, DATE, "", ""],
  ],
  [
    "204 has no length",
    ["HTTP/1.1 204 No Content", "Content-Length: 5", "", ""],
    ["HTTP/1.1 204 No Content", VIA, DATE, "", ""],
  ],
  [
    "304 may have one, and no content",
    ["HTTP/1.1 304 Not Modified", 'ETag: "a"', "Content-Length: 5", "", ""],
    ["HTTP/1.1 304 Not Modified", 'ETag: "a"', "Content-Length: 5", VIA, DATE, "", ""],
  ],
  [
    "chunks are made anew",
    ["HTTP/1.1 200 OK", "Transfer-Encoding: CHUNKED", "", "1;ext=x", "o", "00001", "k", "0", "", ""],
    ["HTTP/1.1 200 OK", VIA, "Transfer-Encoding: chunked", DATE, "", "1", "o", "1", "k", "0", "", ""],
  ],
  [
    "a folded field is one line",
    ["HTTP/1.1 200 OK", "X: a", "  b", "Content-Length: 2", "", "ok"],
    ["HTTP/1.1 200 OK", "X: a b", "Content-Length: 2", VIA, DATE, "", "ok"],
  ],
];

for (const [what, says, hears] of BACK) {
  test(`back: ${what}`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
      const origin = await upstream();
      await origin.hears("GET / HTTP/1.1", HOST, VIA, "", "");
      await origin.says(...says);
      // Whatever more came would stand before the next answer.
      await client.hears(...hears);
      await client.says("GET / HTTP/1.1", HOST, "", "");
      await client.hears("HTTP/1.1 400 Bad Request");
    }));
}

test("the answer to HEAD says what GET's would, and has no content", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("HEAD http://origin.test/1 HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 500", "", "");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 500", VIA, DATE, "", "");
    await client.says("HEAD http://origin.test/2 HTTP/1.1", HOST, "", "");
    await origin.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "");
    await client.hears("HTTP/1.1 200 OK", VIA, DATE, "", "");
    await client.says("HEAD http://origin.test/3 HTTP/1.1", HOST, "", "");
    await origin.says("HTTP/1.1 200 OK", "", "");
    await client.hears("HTTP/1.1 200 OK", VIA, DATE, "", "");
  }));

// ── content ──

test("content goes on while it comes, both ways", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 6", "", "ab");
    const origin = await upstream();
    await origin.hears("POST / HTTP/1.1", HOST, VIA, "Content-Length: 6", "", "ab");
    await client.says("cd");
    await origin.hears("cd");
    await client.says("ef");
    await origin.hears("ef");
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "12");
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 4", VIA, DATE, "", "12");
    await origin.says("34");
    await client.hears("34");
  }));

test("chunked content goes on in chunks, with trailers that may", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    const fields = [HOST, "Transfer-Encoding: chunked", "Trailer: X-Sum", "Connection: X-Hop"];
    await client.says("POST http://origin.test/ HTTP/1.1", ...fields, "", "3;x=y", "abc", "");
    const origin = await upstream();
    await origin.hears(
      "POST / HTTP/1.1",
      HOST,
      "Trailer: X-Sum",
      VIA,
      "Transfer-Encoding: chunked",
      "",
      "3",
      "abc",
      "",
    );
    await client.says("0", "X-Sum: 1", "Host: evil.test", "Content-Length: 4", "X-Hop: 2", "Authorization: x", "", "");
    await origin.hears("0", "X-Sum: 1", "", "");
    await origin.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: Server-Timing", "", "1", "z", "");
    const head = ["HTTP/1.1 200 OK", "Trailer: Server-Timing", VIA, "Transfer-Encoding: chunked", DATE, ""];
    await client.hears(...head, "1", "z", "");
    await origin.says("0", "Server-Timing: a;dur=1", "Set-Cookie: a=b", "Content-Length: 9", "", "");
    await client.hears("0", "Server-Timing: a;dur=1", "", "");
  }));

test("a client of HTTP/1.0 gets no chunks, and the end of the connection for the end of the content", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.0", "Connection: keep-alive", "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ab", "1", "c", "0", "X: y", "", "");
    await client.hears("HTTP/1.1 200 OK", VIA, "Connection: close", DATE, "", "abc");
    equal(await client.hearsOut(), "");
  }));

for (const [version, framed] of [
  ["1.1", ["HTTP/1.1 200 OK", "Via: 1.0 maitred", "Transfer-Encoding: chunked", DATE, "", "3", "abc", "0", "", ""]],
  ["1.0", ["HTTP/1.1 200 OK", "Via: 1.0 maitred", "Connection: close", DATE, "", "abc"]],
] as const) {
  test(`content that ends with its connection has an end of its own for a client of HTTP/${version}`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(`GET http://origin.test/ HTTP/${version}`, HOST, "", "");
      const origin = await upstream();
      await origin.says("HTTP/1.0 200 OK", "", "abc");
      await origin.ends();
      await client.hears(...framed);
      if (version === "1.0") equal(await client.hearsOut(), "");
    }));
}

test("bytes are bytes, whatever they mean", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    const client = await arrives();
    await client.says("PUT http://origin.test/ HTTP/1.1", HOST, "Content-Length: 256", "", all);
    const origin = await upstream();
    await origin.hears("PUT / HTTP/1.1", HOST, VIA, "Content-Length: 256", "", all);
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 256", "", all);
    await client.hears("HTTP/1.1 200 OK", "Content-Length: 256", VIA, DATE, "", all);
  }));

/** Content as it may come: in pieces, counted or in chunks, all at once or with time between. */
const pieces = fc.array(
  fc.string({
    minLength: 1,
    maxLength: 2000,
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  }),
  {
    maxLength: 8,
  },
);
const contents = fc.record({ pieces, isChunked: fc.boolean(), isHasty: fc.boolean() });
type Contents = typeof contents extends fc.Arbitrary<infer Value> ? Value : never;

async function tells(
  side: Side,
  head: string[],
  { pieces, isChunked, isHasty }: Contents,
  settle: () => Promise<void>,
) {
  const length = pieces.join("").length;
  await side.says(...head, isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`, "", "");
  for (const piece of pieces) {
    if (!isHasty) await settle();
    await (isChunked ? side.says(piece.length.toString(16), piece, "") : side.says(piece));
  }
  if (isChunked) await side.says("0", "", "");
}

async function hearsContent<Head>(side: Side, reader: MessageReader<Head>): Promise<string> {
  const read = async (): Promise<void> => {
    const bytes = await side.socket.read();
    if (bytes === undefined) throw new TypeError("The connection has ended");
    reader.receive(bytes);
  };
  while (reader.head("GET") === undefined) await read();
  let text = "";
  for (;;) {
    const part = reader.content();
    if (part !== undefined) text += latin1(part);
    else if (reader.isDone) break;
    else await read();
  }
  return text;
}

test("content is the same on the other side, however it comes", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    let origin: Side | undefined;
    const [requests, responses] = [requestReader(), responseReader()];
    await fc.assert(
      fc.asyncProperty(contents, contents, async (question, answer) => {
        const asking = tells(client, ["POST http://origin.test/ HTTP/1.1", HOST], question, settle);
        origin ??= await upstream();
        equal(await hearsContent(origin, requests), question.pieces.join(""));
        await asking;
        const answering = tells(origin, ["HTTP/1.1 200 OK"], answer, settle);
        equal(await hearsContent(client, responses), answer.pieces.join(""));
        await answering;
      }),
      { numRuns: 200 },
    );
  }));

// ── interim responses ──

test("early hints reach the client, and the answer follows", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload", "Connection: x", "X: 1", "", "");
    await client.hears("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload", VIA, "", "");
    await origin.says("HTTP/1.1 102 Processing", "", ...OK);
    await client.hears("HTTP/1.1 102 Processing", VIA, "", ...HEARD_OK);
  }));

test("a client of HTTP/1.0 hears no interim responses", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.0", "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 103 Early Hints", "Link: </a.css>", "", ...OK);
    await client.hears("HTTP/1.1 200 OK");
  }));

test("a word that nobody waited for goes on all the same", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 2", "", "hi");
    const origin = await upstream();
    await origin.says("HTTP/1.1 100 Continue", "", ...OK);
    await client.hears("HTTP/1.1 100 Continue", VIA, "", ...HEARD_OK);
  }));

// ── Expect: 100-continue, end to end ──

const EXPECTS = ["POST http://origin.test/ HTTP/1.1", HOST, "Expect: 100-continue", "Content-Length: 2", "", ""];
const EXPECTED = ["POST / HTTP/1.1", HOST, "Expect: 100-continue", VIA, "Content-Length: 2", "", ""];

test("a client that waits for the server's word gets it, and sends its content then", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says(...EXPECTS);
    const origin = await upstream();
    await origin.hears(...EXPECTED);
    await origin.says("HTTP/1.1 100 Continue", "", "");
    await client.hears("HTTP/1.1 100 Continue", "", "");
    await client.says("hi");
    await origin.hears("hi");
    await origin.says(...OK);
    await client.hears(...HEARD_OK);
  }));

for (const status of ["417 Expectation Failed", "401 Unauthorized", "200 OK"]) {
  test(`a server that answers ${status} before the content is heard, and the content never goes`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...EXPECTS);
      const origin = await upstream();
      await origin.hears(...EXPECTED);
      await origin.says(`HTTP/1.1 ${status}`, "Content-Length: 2", "", "no");
      await client.hears(`HTTP/1.1 ${status}`, "Content-Length: 2", VIA, "Connection: close", DATE, "", "no");
      equal(await client.hearsOut(), "");
      await origin.hearsBreak();
    }));
}

test("a server that has no word is sent the content after a while", () =>
  proxyScene(forward(), async ({ arrives, upstream, clock }) => {
    const client = await arrives();
    await client.says(...EXPECTS);
    const origin = await upstream();
    await origin.hears(...EXPECTED);
    await clock.advance(1000);
    await client.hears("HTTP/1.1 100 Continue", "", "");
    await client.says("hi");
    await origin.hears("hi");
  }));

test("a client that does not wait has its content sent when the server wants it", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says(...EXPECTS);
    await client.says("hi");
    const origin = await upstream();
    await origin.hears(...EXPECTED);
    await origin.says("HTTP/1.1 100 Continue", "", "");
    await origin.hears("hi");
    await origin.says(...OK);
    await client.hearsLike(/200 OK/);
  }));

// ── upgrades ──

const UPGRADES = ["Connection: Upgrade", "Upgrade: websocket"];
const ASKS = ["GET http://origin.test/chat HTTP/1.1", HOST, ...UPGRADES, "Sec-WebSocket-Key: x", "", ""];
const ASKED = ["GET /chat HTTP/1.1", HOST, "Sec-WebSocket-Key: x", VIA, ...UPGRADES, "", ""];
const SWITCHES = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "A: b", "", ""];
const SWITCHED = ["HTTP/1.1 101 Switching Protocols", "A: b", VIA, ...UPGRADES, "", ""];

test("an upgrade is a tunnel, and what either side has said early arrives", () =>
  proxyScene(forward(), async ({ arrives, upstream, client: { connections } }) => {
    const client = await arrives();
    await client.says(...ASKS);
    await client.says("early");
    const origin = await upstream();
    await origin.hears(...ASKED);
    await origin.says(...SWITCHES.slice(0, -1), "soon");
    await client.hears(...SWITCHED.slice(0, -1), "soon");
    await origin.hears("early");
    await client.says("\0\xff");
    await origin.hears("\0\xff");
    await origin.says("yes");
    await client.hears("yes");
    await client.ends();
    equal(await origin.hearsOut(), "");
    await origin.says("bye");
    await origin.ends();
    equal(await client.hearsOut(), "bye");
    equal(connections, 0);
  }));

for (const side of ["client", "origin"] as const) {
  test(`a ${side} that is gone ends the tunnel for the other`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...ASKS);
      const origin = await upstream();
      await origin.hears(...ASKED);
      await origin.says(...SWITCHES);
      await client.hears(...SWITCHED);
      const sides = { client, origin };
      sides[side].vanishes();
      await sides[side === "client" ? "origin" : "client"].hearsBreak();
    }));
}

for (const status of ["200 OK", "426 Upgrade Required"]) {
  test(`an upgrade that is answered with ${status} is an answer like any other`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...ASKS);
      const origin = await upstream();
      await origin.hears(...ASKED);
      await origin.says(`HTTP/1.1 ${status}`, "Content-Length: 2", "", "ok");
      await client.hears(`HTTP/1.1 ${status}`, "Content-Length: 2", VIA, DATE, "", "ok");
      await client.says("GET http://origin.test/2 HTTP/1.1", HOST, "", "");
      await origin.hears("GET /2 HTTP/1.1");
    }));
}

for (const [what, answer] of [
  ["nobody asked for", ["Upgrade: h2c", "Connection: Upgrade"]],
  ["it does not name", ["Connection: Upgrade"]],
] as const) {
  test(`a server that changes to a protocol that ${what} is not followed`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(...ASKS);
      const origin = await upstream();
      await origin.hears(...ASKED);
      await origin.says("HTTP/1.1 101 Switching Protocols", ...answer, "", "");
      await client.hearsLike(/^HTTP\/1.1 502 Bad Gateway\r\nProxy-Status: maitred; error=http_protocol_error/);
      equal(await origin.hearsOut(), "");
    }));
}

test("a request with content asks for no upgrade: it would stand before the new protocol's first bytes", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, ...UPGRADES, "Content-Length: 2", "", "hi");
    const origin = await upstream();
    await origin.hears("POST / HTTP/1.1", HOST, VIA, "Content-Length: 2", "", "hi");
  }));

test("a client that leaves before its upgrade is answered leaves nothing behind", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    await client.says(...ASKS);
    const origin = await upstream();
    await origin.hears(...ASKED);
    client.vanishes();
    await settle();
    await origin.hearsBreak();
  }));

// ── circles, and the last hop ──

for (const fields of [
  ["Via: 1.1 maitred"],
  ["Via: 1.0 fred, 1.1 MAITRED (x)"],
  ["CDN-Loop: maitred"],
  ["CDN-Loop: foo; a=b, maitred; c=d"],
]) {
  test(`${fields[0]} has been here before`, () =>
    proxyScene(forward(), async ({ arrives }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, ...fields, "", "");
      const why = "The request has come round in a circle";
      await client.hearsLike(
        new RegExp(
          `^HTTP/1.1 502 Bad Gateway\r\nProxy-Status: maitred; error=proxy_loop_detected; details="${why}"\r\n`,
        ),
      );
    }));
}

test("a proxy that is its own server notices", () =>
  proxyScene(forward(), async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET http://10.0.0.1:3128/ HTTP/1.1", "Host: x", "", "");
    // It is told as to one who takes it for a web server.
    await client.hearsLike(/^HTTP\/1.1 400 Bad Request\r\n[\s\S]*Via: 1.1 maitred[\s\S]*This is a proxy/);
  }));

test("a gateway to itself asks itself once", () =>
  proxyScene(reverse(["10.0.0.1:3128"]), async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", "Host: x", "", "");
    await client.hearsLike(/^HTTP\/1.1 502 Bad Gateway\r\nProxy-Status: maitred; error=proxy_loop_detected/);
  }));

for (const fields of [["Via: 1.1 other, 1.1 maitred2, 1.1 x (maitred)"], ["CDN-Loop: maitre, other"]]) {
  test(`${fields[0]} has not been here before`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, ...fields, "", "");
      await (await upstream()).hears("GET / HTTP/1.1", HOST, ...fields, VIA, "", "");
    }));
}

test("TRACE that may go no further says what we have heard, without secrets", () =>
  proxyScene(forward(), async ({ arrives }) => {
    const client = await arrives();
    const fields = [HOST, "Max-Forwards: 0", "Cookie: a=b", "Via: 1.1 other"];
    await client.says("TRACE http://origin.test/ HTTP/1.1", ...fields, "", "");
    const heard = ["TRACE http://origin.test/ HTTP/1.1", HOST, "Max-Forwards: 0", "Via: 1.1 other", "", ""].join(
      "\r\n",
    );
    const head = ["HTTP/1.1 200 OK", "Content-Type: message/http", `Content-Length: ${heard.length}`, DATE, "", ""];
    await client.hears(...head);
    await client.hears(heard);
  }));

test("OPTIONS that may go no further says what a proxy does", () =>
  proxyScene(forward(), async ({ arrives }) => {
    const client = await arrives();
    await client.says("OPTIONS http://origin.test/ HTTP/1.1", HOST, "Max-Forwards: 0", "", "");
    await client.hears(
      "HTTP/1.1 204 No Content",
      "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
      DATE,
      "",
      "",
    );
  }));

for (const [method, before, after] of [
  ["TRACE", "1", "0"],
  ["OPTIONS", "10", "9"],
  ["OPTIONS", "0010", "9"],
  ["TRACE", "99999999999999999999", "2147483646"],
  ["TRACE", "-1", "-1"],
  ["TRACE", "x", "x"],
] as const) {
  test(`${method} that may go ${before} further may go ${after} from here`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(`${method} http://origin.test/ HTTP/1.1`, HOST, `max-forwards: ${before}`, "", "");
      const origin = await upstream();
      await origin.hearsLike(new RegExp(`\r\nmax-forwards: ${after}\r\n`, "i"));
    }));
}

// ── who leaves, who waits ──

test("who leaves before the head is asked for no longer", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle, client: { connections } }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.1", HOST, VIA, "", "");
    client.vanishes();
    await settle();
    await origin.hearsBreak();
    equal(connections, 0);
  }));

test("who leaves amid the content ends it at the server", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.1", HOST, VIA, "", "");
    await origin.says("HTTP/1.1 200 OK", "Content-Length: 10", "", "12345");
    await client.hearsLike(/12345/);
    client.vanishes();
    await origin.hearsBreak();
  }));

for (const end of ["vanishes", "leaves"] as const) {
  test(`who ${end} amid his own content leaves the server none that looks whole`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 10", "", "12345");
      const origin = await upstream();
      await origin.hears("POST / HTTP/1.1", HOST, VIA, "Content-Length: 10", "", "12345");
      client[end]();
      await origin.hearsBreak();
    }));
}

test("who leaves while his server is still being reached leaves nothing behind", () =>
  proxyScene(
    forward(),
    async ({ arrives, settle, clock, client: { connections } }) => {
      const client = await arrives();
      await client.says("GET http://10.9.9.9/ HTTP/1.1", HOST, "", "");
      await settle();
      client.vanishes();
      await clock.advance(1);
      equal(connections, 0);
    },
    { network: { silent: new Set(["10.9.9.9"]) } },
  ));

test("a server that answers early is heard while the content still comes", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 10", "", "12345");
    const origin = await upstream();
    await origin.hears("POST / HTTP/1.1", HOST, VIA, "Content-Length: 10", "", "12345");
    await origin.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "", "no");
    await client.hears("HTTP/1.1 413 Content Too Large", "Content-Length: 2", VIA, DATE, "", "no");
    await origin.hearsBreak();
    // What is left of the content is no request.
    await client.says("67890GET / HTTP/1.1", HOST, "", "");
    await client.hears("HTTP/1.1 400 Bad Request");
  }));

test("a server that answers early and leaves has been heard", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Content-Length: 10", "", "12345");
    const origin = await upstream();
    await origin.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "Connection: close", "", "no");
    origin.leaves();
    await client.says("678");
    await settle();
    await client.hears("HTTP/1.1 413 Content Too Large", "Content-Length: 2", VIA, DATE, "", "no");
  }));

test("both may talk at once", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("POST http://origin.test/ HTTP/1.1", HOST, "Transfer-Encoding: chunked", "", "2", "1?", "");
    const origin = await upstream();
    await origin.hears("POST / HTTP/1.1", HOST, VIA, "Transfer-Encoding: chunked", "", "2", "1?", "");
    await origin.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "1!", "");
    await client.hears("HTTP/1.1 200 OK", VIA, "Transfer-Encoding: chunked", DATE, "", "2", "1!", "");
    for (const n of ["2", "3"]) {
      await client.says("2", `${n}?`, "");
      await origin.hears("2", `${n}?`, "");
      await origin.says("2", `${n}!`, "");
      await client.hears("2", `${n}!`, "");
    }
    await client.says("0", "", "");
    await origin.hears("0", "", "");
    await origin.says("0", "", "");
    await client.hears("0", "", "");
    await client.says("GET http://origin.test/2 HTTP/1.1", HOST, "", "");
    await origin.hears("GET /2 HTTP/1.1");
  }));

test("a client that has said everything, and its end, still hears the answer", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    await client.ends();
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.1", HOST, VIA, "", "");
    await settle();
    await origin.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "");
    await settle();
    await origin.says("0", "", "");
    await client.hears(
      "HTTP/1.1 200 OK",
      VIA,
      "Transfer-Encoding: chunked",
      "Connection: close",
      DATE,
      "",
      "2",
      "ok",
      "0",
      "",
      "",
    );
    equal(await client.hearsOut(), "");
  }));

test("a client that does not read stops us from reading the server", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", `Content-Length: ${2 ** 30}`, "", "");
    const taken = await origin.pours(2 ** 24, settle);
    // What two carriers hold, and a piece or two of ours.
    equal(taken <= 512 * 1024, true, `${taken} bytes were taken`);
    await client.hearsLike(/\r\n\r\nx{100000}/);
    await settle();
    equal((await origin.pours(2 ** 24, settle)) > 0, true);
  }));

test("a server that does not read stops us from reading the client", () =>
  proxyScene(forward(), async ({ arrives, upstream, settle }) => {
    const client = await arrives();
    await client.says("PUT http://origin.test/ HTTP/1.1", HOST, `Content-Length: ${2 ** 30}`, "", "");
    const origin = await upstream();
    const taken = await client.pours(2 ** 24, settle);
    equal(taken <= 512 * 1024, true, `${taken} bytes were taken`);
    await origin.hearsLike(/\r\n\r\nx{100000}/);
  }));

// ── requests of one client ──

test("requests that come at once are answered one after the other", () =>
  proxyScene(
    forward(),
    async ({ arrives, upstream, settle }) => {
      const client = await arrives();
      await client.says(
        ...["GET http://origin.test/1 HTTP/1.1", HOST, "", "GET http://second.test/2 HTTP/1.1", HOST, ""],
        ...["POST http://origin.test/3 HTTP/1.1", HOST, "Content-Length: 2", "", "hi"],
      );
      const origin = await upstream();
      await origin.hears("GET /1 HTTP/1.1", HOST, VIA, "", "");
      await settle();
      await origin.says("HTTP/1.1 200 OK", "Content-Length: 1", "", "1");
      const second = await upstream("second.test:80");
      await second.says("HTTP/1.1 200 OK", "Content-Length: 1", "", "2");
      await origin.hears("POST /3 HTTP/1.1", HOST, VIA, "Content-Length: 2", "", "hi");
      await origin.says("HTTP/1.1 200 OK", "Content-Length: 1", "", "3");
      for (const one of ["1", "2", "3"]) {
        await client.hears("HTTP/1.1 200 OK", "Content-Length: 1", VIA, DATE, "", one);
      }
    },
    { servers: ["second.test:80"] },
  ));

// ── smuggling ──

const CHUNKS = ["0", "", "GET /evil HTTP/1.1", HOST, "", ""];

/** None of these reaches a server. */
const SMUGGLED: [what: string, lines: string[]][] = [
  ["two lengths", [HOST, "Content-Length: 0", "Content-Length: 30", "", ...CHUNKS]],
  ["two equal lengths", [HOST, "Content-Length: 3, 3", "", "abc"]],
  ["a length and chunks", [HOST, "Content-Length: 3", "Transfer-Encoding: chunked", "", ...CHUNKS]],
  ["chunks and a length", [HOST, "Transfer-Encoding: chunked", "Content-Length: 3", "", ...CHUNKS]],
  ["chunked twice", [HOST, "Transfer-Encoding: chunked, chunked", "", ...CHUNKS]],
  ["chunked on two lines", [HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "", ...CHUNKS]],
  ["chunked not last", [HOST, "Transfer-Encoding: chunked, gzip", "", ...CHUNKS]],
  ["a coding we do not know", [HOST, "Transfer-Encoding: xchunked", "", ...CHUNKS]],
  ["a coding with an odd letter before it", [HOST, "Transfer-Encoding: \x0bchunked", "", ...CHUNKS]],
  ["a quoted coding", [HOST, 'Transfer-Encoding: "chunked"', "", ...CHUNKS]],
  ["a blank before the colon", [HOST, "Transfer-Encoding : chunked", "", ...CHUNKS]],
  ["a folded line", [HOST, "A: b", " Transfer-Encoding: chunked", "", ...CHUNKS]],
  ["a bare LF", [HOST, "A: b\nTransfer-Encoding: chunked", "", ...CHUNKS]],
  ["a bare CR", [HOST, "A: b\rTransfer-Encoding: chunked", "", ...CHUNKS]],
  ["NUL in a field", [HOST, "A: b\0", "", ...CHUNKS]],
  ["a signed length", [HOST, "Content-Length: +3", "", "abc"]],
  ["a length in hexadecimal", [HOST, "Content-Length: 0x3", "", "abc"]],
  ["a length that is none", [HOST, "Content-Length: ", "", "abc"]],
  ["two hosts", [HOST, "Host: evil.test", "", ""]],
  ["a host that is none", ["Host: origin.test, evil.test", "", ""]],
  ["a host with a path", ["Host: origin.test/evil", "", ""]],
  ["no host", ["A: b", "", ""]],
];

for (const [what, lines] of SMUGGLED) {
  test(`${what} never reaches a server`, () =>
    proxyScene(forward(), async ({ arrives, client: ours }) => {
      const client = await arrives();
      await client.says("POST http://origin.test/ HTTP/1.1", ...lines);
      match(await client.hearsOut(), /^HTTP\/1.1 (400|501) /);
      equal(ours.connections, 0);
    }));
}

for (const [what, chunks] of [
  ["a size that is none", ["x", "", ""]],
  ["a size with a sign", ["+1", "a", "0", "", ""]],
  ["a chunk longer than it says", ["1", "ab", "0", "", ""]],
  ["a bare LF after a size", ["1\na", "0", "", ""]],
] as const) {
  test(`chunks with ${what} break the server's request off`, () =>
    proxyScene(forward(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says(
        "POST http://origin.test/ HTTP/1.1",
        HOST,
        "Transfer-Encoding: chunked",
        "",
        "2",
        "ok",
        ...chunks,
      );
      const origin = await upstream();
      await client.hears("HTTP/1.1 400 Bad Request");
      await origin.hearsBreak();
    }));
}

test("what stands behind an answer never reaches another client", () =>
  proxyScene(forward(), async ({ arrives, upstream, client: { connections } }) => {
    const [one, two] = [await arrives(), await arrives()];
    await one.says("GET http://origin.test/1 HTTP/1.1", HOST, "", "");
    const first = await upstream();
    await first.says(...OK.slice(0, -1), "okHTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    await one.hears(...HEARD_OK);
    equal(connections, 0);
    await two.says("GET http://origin.test/2 HTTP/1.1", HOST, "", "");
    const second = await upstream();
    await second.hears("GET /2 HTTP/1.1");
    await second.says(...OK);
    await two.hears(...HEARD_OK);
  }));

test("a field cannot split an answer", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.says("HTTP/1.1 200 OK", "Location: /\rSet-Cookie: evil=1", "Content-Length: 0", "", "");
    const heard = await client.hearsLike(/^HTTP\/1.1 502 Bad Gateway\r\n[\s\S]*?\r\n\r\n/);
    equal(heard[0].includes("evil"), false);
  }));
