import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { ProtocolError } from "../../src/http/message.ts";
import { type Socket, SocketError } from "../../src/socket/socket.ts";
import { bodyOf, HOST, upstreamScene } from "./upstream-scene.ts";

const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const never = new Promise<string>(() => {});

// ── how an answer is framed ──

const FRAMED: [what: string, line: string, answer: string, whole: string, trailers?: string][] = [
  ["of a length", "GET /", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello"],
  ["of no length", "GET /", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 "],
  [
    "chunked",
    "GET /",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    "200 hello",
  ],
  ["chunked, of no chunks", "GET /", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 "],
  [
    "chunked, with trailers",
    "GET /",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    "200 hello",
    "X-Sum: 1\r\n",
  ],
  ["to HEAD", "HEAD /", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 "],
  ["to HEAD, chunked", "HEAD /", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 "],
  ["204", "GET /", "HTTP/1.1 204 No Content\r\n\r\n", "204 "],
  ["204 with a length", "GET /", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 "],
  ["304 with a length", "GET /", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 "],
  ["without a reason", "GET /", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
];

const HOW = ["whole", "byte by byte", "head first"] as const;

function torn(text: string, how: (typeof HOW)[number]): string[] {
  if (how === "whole") return [text];
  if (how === "byte by byte") return [...text];
  const end = text.indexOf("\r\n\r\n") + 4;
  return [text.slice(0, end), text.slice(end)];
}

for (const [what, line, answer, whole, trailers] of FRAMED) {
  for (const how of HOW) {
    test(`an answer ${what} comes ${how}, and the connection is free again`, () =>
      upstreamScene(async ({ ask, upstream, settle, client }) => {
        const asked = ask(line);
        const server = await upstream();
        const got = asked.whole();
        for (const part of torn(answer, how)) {
          await server.says(part);
          await settle();
        }
        equal(await got, whole);
        const { body } = await asked.answer;
        equal(body instanceof Uint8Array ? undefined : body?.trailers?.print(), trailers);
        const next = ask("GET /next");
        await server.hearsLike(/GET \/next/);
        await server.says(...OK);
        equal(await next.whole(), "200 ok");
        equal(client.connections, 1);
      }));
  }
}

for (const [what, head] of [
  ["HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\n"],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n"],
  ["HTTP/1.0 and keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"],
] as const) {
  for (const how of HOW) {
    test(`an answer until the connection's end (${what}) comes ${how}`, () =>
      upstreamScene(async ({ ask, upstream, settle, client }) => {
        const asked = ask("GET /");
        const server = await upstream();
        const got = asked.whole();
        for (const part of torn(`${head}hello`, how)) {
          await server.says(part);
          await settle();
        }
        await server.ends();
        equal(await got, "200 hello");
        equal(client.connections, 0);
      }));
  }
}

test("what has come whole is there at once; of the rest the length is told", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "hello");
    const { body } = await first.answer;
    equal(body instanceof Uint8Array && latin1(body), "hello");
    const second = ask("GET /2");
    await server.hearsLike(/GET \/2/);
    await server.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "hel");
    equal((await second.body()).length, 5);
    equal(await second.reads(), "hel");
    await server.says("lo");
    equal(await second.reads(), "lo");
    equal(await second.reads(), undefined);
    equal(await second.reads(), undefined);
  }));

// ── answers that are none ──

const BROKEN: [what: string, answer: string, came: string][] = [
  ["of a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "hel"],
  ["of a length, of which nothing came", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ""],
  ["chunked, within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "hel"],
  ["chunked, within a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n1", "hel"],
  ["chunked, between two chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", "hel"],
  [
    "chunked, before the trailers' end",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n",
    "hel",
  ],
];

for (const [what, answer, came] of BROKEN) {
  for (const death of ["ends", "leaves", "vanishes"] as const) {
    test(`an answer ${what} breaks off when the server ${death}`, () =>
      upstreamScene(async ({ ask, upstream, client, settle }) => {
        const asked = ask("GET /");
        const server = await upstream();
        await server.says(answer);
        await asked.answer;
        await settle();
        const broken = asked.breaksOff("http_response_incomplete");
        await settle();
        await server[death]();
        equal(await broken, came);
        equal(client.connections, 0);
      }));
  }
}

test("an answer until the connection's end breaks off when the server vanishes", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    const asked = ask("GET /");
    const server = await upstream();
    await server.says("HTTP/1.1 200 OK", "", "hello");
    const broken = asked.breaksOff("http_response_incomplete");
    await settle();
    server.vanishes();
    equal(await broken, "hello");
  }));

for (const [what, content] of [
  ["a size that is none", "xyz\r\n"],
  ["a chunk longer than its size", "2\r\nhello\r\n0\r\n\r\n"],
  ["a size with a bare LF", "2\nok\r\n0\r\n\r\n"],
] as const) {
  test(`${what} is no chunked coding, whatever comes then`, () =>
    upstreamScene(async ({ ask, upstream, client }) => {
      const asked = ask("GET /");
      const server = await upstream();
      await server.says(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${content}`);
      await asked.breaksOff("http_response_transfer_coding");
      equal(client.connections, 0);
      await rejects(server.hearsOut(), { code: "ECONNRESET" });
    }));
}

const NONSENSE: [what: string, answer: string, type: string][] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "http_protocol_error"],
  ["another version", "HTTP/2.0 200 OK\r\n\r\n", "http_protocol_error"],
  ["a status that is none", "HTTP/1.1 20 OK\r\n\r\n", "http_protocol_error"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "http_protocol_error"],
  [
    "a length and chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "http_protocol_error",
  ],
  ["a control character", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "http_protocol_error"],
  ["a 101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "http_protocol_error"],
  ["a long field", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(20_000)}\r\n\r\n`, "http_response_header_section_size"],
  ["too many fields", `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(300)}\r\n`, "http_response_header_section_size"],
  ["a long status line", `HTTP/1.1 200 ${"O".repeat(9000)}K\r\n\r\n`, "http_response_header_section_size"],
  ["a head without end", `HTTP/1.1 200 OK\r\nA: ${"b".repeat(20_000)}`, "http_response_header_section_size"],
];

for (const [what, answer, type] of NONSENSE) {
  test(`${what} is no answer`, () =>
    upstreamScene(async ({ ask, upstream, client }) => {
      const asked = ask("GET /");
      const server = await upstream();
      await server.says(answer);
      await asked.fails(type);
      equal(client.connections, 0);
    }));
}

test("a head that breaks off is none", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const asked = ask("GET /");
    const server = await upstream();
    await server.says("HTTP/1.1 200 OK", "Content-Le");
    server.leaves();
    await asked.fails("http_response_incomplete");
  }));

// ── interim responses ──

test("103 is passed on, without what concerns this connection only", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const asked = ask("GET /");
    const server = await upstream();
    await server.says("HTTP/1.1 103 Early Hints", "Link: </a.css>", "Connection: X-Hop", "X-Hop: 1", "", "");
    await server.says("HTTP/1.1 103 Early Hints", "Link: </b.css>", "Keep-Alive: 5", "", ...OK);
    equal(await asked.whole(), "200 ok");
    deepEqual(asked.informed, ["103 Link: </a.css>", "103 Link: </b.css>"]);
  }));

for (const [what, body] of [
  ["at hand", utf8("hi")],
  ["on its way", bodyOf(["hi"])],
] as const) {
  test(`a 100 that nobody waits for is passed on, too (content ${what})`, () =>
    upstreamScene(async ({ ask, upstream }) => {
      const asked = ask("POST /", { body });
      const server = await upstream();
      await server.says("HTTP/1.1 100 Continue", "", "");
      await server.says(...OK);
      equal(await asked.whole(), "200 ok");
      deepEqual(asked.informed, ["100"]);
    }));
}

test("102 gives a server more time", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const asked = ask("GET /");
      const server = await upstream();
      for (let i = 0; i < 5; i++) {
        await clock.advance(4_000);
        await server.says("HTTP/1.1 102 Processing", "", "");
      }
      await clock.advance(4_000);
      await server.says(...OK);
      equal(await asked.whole(), "200 ok");
      equal(asked.informed.length, 5);
    },
    { answerTimeout: 5_000 },
  ));

test("a server that says nothing but soon is not believed for ever", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const asked = ask("GET /");
    const server = await upstream();
    await server.says("HTTP/1.1 102 Processing\r\n\r\n".repeat(1001));
    const error = await asked.fails("http_protocol_error");
    equal(error.message, "Cannot get an answer from http://10.0.0.9:80: it answers with interim responses only");
    equal(asked.informed.length, 1000);
  }));

test("so many interim responses are for one request", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const [first, many] = [ask("GET /1"), "HTTP/1.1 102 Processing\r\n\r\n".repeat(600)];
    const server = await upstream();
    await server.says(many + OK[0], ...OK.slice(1));
    equal(await first.whole(), "200 ok");
    const second = ask("GET /2");
    await server.hearsLike(/GET \/2/);
    await server.says(many + OK[0], ...OK.slice(1));
    equal(await second.whole(), "200 ok");
  }));

// ── content that waits for the server ──

const EXPECT = { fields: Fields.of({ Host: "10.0.0.9", Expect: "100-continue" }), isHeldBack: true };

test("the content waits for 100 (Continue), which is not passed on", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    let reads = 0;
    const body = bodyOf(["hello"], 5);
    const asked = ask("POST /", {
      ...EXPECT,
      body: {
        ...body,
        read() {
          reads += 1;
          return body.read();
        },
      },
    });
    const server = await upstream();
    await server.hears("POST / HTTP/1.1", HOST, "Expect: 100-continue", "Content-Length: 5", "", "");
    await settle();
    equal(reads, 0);
    await server.says("HTTP/1.1 100 Continue", "", "");
    await server.hears("hello");
    await server.says(...OK);
    equal(await asked.whole(), "200 ok");
    deepEqual(asked.informed, []);
  }));

test("where the answer comes instead, the content is never read, and the connection not used again", () =>
  upstreamScene(async ({ ask, upstream, clock, client }) => {
    let reads = 0;
    const read = (): undefined => void (reads += 1);
    const asked = ask("POST /", { ...EXPECT, body: { length: 5, read, cancel() {} } });
    const server = await upstream();
    await server.hearsLike(/\r\n\r\n/);
    await server.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "", "no");
    equal(await asked.whole(), "413 no");
    equal(client.connections, 0);
    await clock.advance(10_000);
    equal(reads, 0);
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

test("a server that knows nothing of 100 gets the content after a second", () =>
  upstreamScene(async ({ ask, upstream, clock }) => {
    const asked = ask("POST /", { ...EXPECT, body: bodyOf(["hello"], 5) });
    const server = await upstream();
    await clock.advance(999);
    await server.hears("POST / HTTP/1.1", HOST, "Expect: 100-continue", "Content-Length: 5", "", "");
    await clock.advance(1);
    await server.hears("hello");
    // Late as it is, it is what was waited for.
    await server.says("HTTP/1.1 100 Continue", "", "");
    await server.says(...OK);
    equal(await asked.whole(), "200 ok");
    deepEqual(asked.informed, []);
  }));

test("a 100 for the next request on the connection is passed on again", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const first = ask("POST /1", { ...EXPECT, body: bodyOf(["hello"], 5) });
    const server = await upstream();
    await server.says("HTTP/1.1 100 Continue", "", "");
    await server.hearsLike(/hello$/);
    await server.says(...OK);
    equal(await first.whole(), "200 ok");
    const second = ask("POST /2");
    await server.says("HTTP/1.1 100 Continue", "", "");
    await server.says(...OK);
    equal(await second.whole(), "200 ok");
    deepEqual([first.informed, second.informed], [[], ["100"]]);
  }));

test("who leaves while the content waits takes it along", () =>
  upstreamScene(async ({ ask, upstream, clock }) => {
    const asked = ask("POST /", { ...EXPECT, body: bodyOf(["hello"], 5) });
    const server = await upstream();
    await server.hearsLike(/\r\n\r\n/);
    asked.leaves();
    await asked.fails("connection_terminated");
    await clock.advance(10_000);
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

// ── answers before the request's end ──

test("an answer is heard while the content is still on its way; then the connection is not used again", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const asked = ask("POST /", { body: bodyOf(["hel", never]) });
    const server = await upstream();
    await server.hearsLike(/3\r\nhel\r\n/);
    await server.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "", "no");
    equal(await asked.whole(), "413 no");
    equal(client.connections, 0);
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

test("an answer may come while the content goes on, to both their ends", () =>
  upstreamScene(async ({ ask, upstream, client, settle }) => {
    const later = Promise.withResolvers<string>();
    const asked = ask("POST /", { body: bodyOf(["hel", later.promise]) });
    const server = await upstream();
    await server.hearsLike(/3\r\nhel\r\n/);
    await server.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "HEL");
    equal(await asked.reads(), "HEL");
    later.resolve("lo");
    await server.hears("2", "lo", "0", "", "");
    await settle();
    await server.says("LO");
    equal(await asked.reads(), "LO");
    equal(await asked.reads(), undefined);
    equal(client.connections, 1);
    const next = ask("GET /");
    await server.hears("GET / HTTP/1.1", HOST, "", "");
    await server.says(...OK);
    equal(await next.whole(), "200 ok");
  }));

test("a server that said 413 before it broke the connection is heard", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    const big = "x".repeat(100_000);
    const asked = ask("POST /", { body: bodyOf([big, never]) });
    const server = await upstream();
    await settle();
    await server.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "", "no");
    server.vanishes();
    equal(await asked.whole(), "413 no");
  }));

/** A way on which much cannot be written any more, though what comes can still be read. */
const closing = (socket: Socket): Socket => ({
  local: socket.local,
  remote: socket.remote,
  read: () => socket.read(),
  write: (bytes) =>
    bytes.length < 1000 ? socket.write(bytes) : Promise.reject(new SocketError("EPIPE", "Cannot write: it is closing")),
  end: () => socket.end(),
  close: () => socket.close(),
  reset: () => socket.reset(),
});

test("a server that takes no more of the request may still say why", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      let reads = 0;
      const read = () => {
        reads += 1;
        return reads > 9 ? undefined : utf8("x".repeat(100_000));
      };
      const asked = ask("POST /", { body: { read, cancel() {} } });
      const server = await upstream();
      await clock.advance(900);
      equal(reads, 1);
      await server.says("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "", "no");
      equal(await asked.whole(), "413 no");
      equal(client.connections, 0);
    },
    { dialled: closing },
  ));

test("a server that takes no more of the request, and does not say why, is not waited for long", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const asked = ask("POST /", { body: bodyOf(["x".repeat(100_000), never]) });
      await upstream();
      await clock.advance(2_000);
      await asked.fails("http_response_timeout");
    },
    { dialled: closing },
  ));

test("a server that breaks the connection while the content is on its way is gone", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    const big = "x".repeat(100_000);
    const asked = ask("POST /", { body: bodyOf([big, never]) });
    const server = await upstream();
    await settle();
    server.vanishes();
    await asked.fails("connection_terminated");
  }));

// ── the request's own content fails ──

test("where the request's content breaks off, the server is not to take it for whole, and the reason is told", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const broken = Promise.withResolvers<string>();
    const asked = ask("PUT /", { body: bodyOf(["hel", broken.promise]), again: () => bodyOf(["hello"]) });
    const server = await upstream();
    await server.hearsLike(/3\r\nhel\r\n/);
    const error = new ProtocolError(400, "Cannot read a chunk: its size line is too long");
    broken.reject(error);
    await rejects(asked.answer, (thrown) => thrown === error);
    equal(client.connections, 0);
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

test("content that is not as long as it said is our own mistake", () =>
  upstreamScene(async ({ ask, upstream }) => {
    for (const [text, length] of [
      ["hell", 5],
      ["hello!", 5],
    ] as const) {
      const asked = ask("PUT /", { body: bodyOf([text], length) });
      const server = await upstream();
      await rejects(asked.answer, TypeError);
      await rejects(server.hearsOut(), { code: "ECONNRESET" });
    }
  }));

test("the answer under way breaks off with the request's content", () =>
  upstreamScene(async ({ ask, upstream, client, settle }) => {
    const broken = Promise.withResolvers<string>();
    const asked = ask("POST /", { body: bodyOf(["hel", broken.promise]) });
    const server = await upstream();
    await server.hearsLike(/3\r\nhel\r\n/);
    await server.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "HEL");
    equal(await asked.reads(), "HEL");
    const next = asked.reads();
    const error = new Error("The client is gone");
    await settle();
    broken.reject(error);
    await rejects(next, (thrown) => thrown === error);
    equal(client.connections, 0);
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

// ── another protocol ──

const UPGRADE = {
  fields: Fields.of({ Host: "10.0.0.9", Connection: "Upgrade", Upgrade: "websocket" }),
  upgrade: "websocket",
};
const SWITCHED = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", "", ""];

test("101 hands the connection over, with what was already said on it", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const asked = ask("GET /", UPGRADE);
    const server = await upstream();
    await server.says(...SWITCHED.slice(0, -1), "early");
    const { status, upgrade, body } = await asked.answer;
    deepEqual([status, body, client.connections], [101, undefined, 0]);
    equal(latin1(upgrade!.early), "early");
    await server.says("later");
    equal(latin1((await upgrade!.socket.read())!), "later");
    await upgrade!.socket.write(utf8("hello"));
    await server.hearsLike(/\r\n\r\nhello$/);
    // Whoever leaves now leaves it to the tunnel.
    equal(asked.hold, undefined);
    server.leaves();
    equal(await upgrade!.socket.read(), undefined);
    upgrade!.socket.close();
  }));

test("on a kept connection, too, nothing said in the new protocol is lost", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says(...OK);
    await first.whole();
    const asked = ask("GET /", UPGRADE);
    await server.hearsLike(/Upgrade: websocket\r\n\r\n/);
    await server.says("HTTP/1.1 103 Early Hints", "", "");
    await settle();
    await server.says(...SWITCHED);
    const { upgrade } = await asked.answer;
    equal(latin1(upgrade!.early), "");
    const reading = upgrade!.socket.read();
    await settle();
    await server.says("later");
    equal(latin1((await reading)!), "later");
    upgrade!.socket.reset();
    await rejects(server.hearsOut(), { code: "ECONNRESET" });
  }));

test("a server may go on in HTTP all the same", () =>
  upstreamScene(async ({ ask, upstream, client }) => {
    const asked = ask("GET /", UPGRADE);
    await (await upstream()).says(...OK);
    equal(await asked.whole(), "200 ok");
    equal(client.connections, 1);
  }));

test("a protocol that was not asked for is none", () =>
  upstreamScene(async ({ ask, upstream }) => {
    const asked = ask("GET /", UPGRADE);
    await (await upstream()).says("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: h2c", "", "");
    await asked.fails("http_protocol_error");
  }));

// ── patience ──

test("a server that does not answer is waited for so long, from the request's end on", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const rest = Promise.withResolvers<string>();
      const asked = ask("POST /", { body: bodyOf(["hel", rest.promise]) });
      const server = await upstream();
      await clock.advance(60_000);
      rest.resolve("lo");
      await server.hearsLike(/2\r\nlo\r\n0\r\n\r\n/);
      await clock.advance(5_000);
      equal(client.connections, 1);
      await clock.advance(1_000);
      await asked.fails("http_response_timeout");
      equal(client.connections, 0);
      await rejects(server.hearsOut(), { code: "ECONNRESET" });
    },
    { answerTimeout: 5_000 },
  ));

test("a kept connection's time begins anew with each request", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const first = ask("GET /1");
      const server = await upstream();
      await clock.advance(4_000);
      await server.says(...OK);
      await first.whole();
      const second = ask("GET /2");
      await clock.advance(4_000);
      await server.says(...OK);
      equal(await second.whole(), "200 ok");
      const third = ask("GET /3");
      await clock.advance(6_000);
      await third.fails("http_response_timeout");
    },
    { answerTimeout: 5_000 },
  ));

test("a server that stops amid the content is waited for so long", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const asked = ask("GET /");
      const server = await upstream();
      await server.says("HTTP/1.1 200 OK", "Content-Length: 100", "", "");
      await asked.answer;
      await clock.advance(100_000);
      for (let i = 0; i < 5; i++) {
        const reading = asked.reads();
        await clock.advance(4_000);
        await server.says("x");
        equal(await reading, "x");
        // Whoever asked takes their time.
        await clock.advance(60_000);
      }
      const broken = asked.breaksOff("connection_read_timeout");
      await clock.advance(6_000);
      equal(await broken, "");
      equal(client.connections, 0);
    },
    { readTimeout: 5_000 },
  ));

test("once an answer has begun it is waited for no more, though the request's end comes later", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const rest = Promise.withResolvers<string>();
      const asked = ask("POST /", { body: bodyOf(["hel", rest.promise]) });
      const server = await upstream();
      await server.hearsLike(/hel\r\n/);
      await server.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "");
      await asked.answer;
      rest.resolve("lo");
      await server.hearsLike(/0\r\n\r\n$/);
      await clock.advance(100_000);
      await server.says("ok");
      equal(await asked.whole(), "200 ok");
    },
    { answerTimeout: 5_000 },
  ));

test("once an answer has begun, a server need take no more", () =>
  upstreamScene(
    async ({ ask, upstream, clock }) => {
      const later = Promise.withResolvers<string>();
      const asked = ask("POST /", { body: bodyOf([later.promise, never]) });
      const server = await upstream();
      await server.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "");
      await asked.answer;
      later.resolve("x".repeat(100_000));
      await clock.advance(100_000);
      await server.says("ok");
      equal(await asked.whole(), "200 ok");
    },
    { writeTimeout: 5_000 },
  ));

test("a server that has taken all there was is not to blame for what comes slowly", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const rest = Promise.withResolvers<string>();
      const asked = ask("POST /", { body: bodyOf(["x".repeat(100_000), rest.promise], 100_002) });
      const server = await upstream();
      await clock.advance(1_000);
      await server.hearsLike(/x{100000}$/);
      await clock.advance(100_000);
      equal(client.connections, 1);
      rest.resolve("yz");
      await server.hears("yz");
      await server.says(...OK);
      equal(await asked.whole(), "200 ok");
    },
    { writeTimeout: 5_000 },
  ));

test("a server that takes no more of the request is waited for so long", () =>
  upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const asked = ask("POST /", { body: bodyOf(["x".repeat(100_000), "y".repeat(100_000), never]) });
      const server = await upstream();
      await clock.advance(4_000);
      await server.hearsLike(/x/);
      await clock.advance(4_000);
      equal(client.connections, 1);
      await clock.advance(2_000);
      await asked.fails("connection_write_timeout");
      equal(client.connections, 0);
    },
    { writeTimeout: 5_000 },
  ));

test("a server that takes the request slowly, but takes it, is waited for", () => {
  let sent = 0;
  const counting = (socket: Socket): Socket => ({
    local: socket.local,
    remote: socket.remote,
    read: () => socket.read(),
    write: (bytes) => socket.write(bytes),
    end: () => socket.end(),
    close: () => socket.close(),
    reset: () => socket.reset(),
    get sent() {
      return sent;
    },
  });
  return upstreamScene(
    async ({ ask, upstream, clock, client }) => {
      const asked = ask("POST /", { body: bodyOf(["x".repeat(100_000)]) });
      const server = await upstream();
      for (let i = 0; i < 10; i++) {
        await clock.advance(4_000);
        sent += 1;
      }
      equal(client.connections, 1);
      await clock.advance(12_000);
      await asked.fails("connection_write_timeout");
      server.leaves();
    },
    { writeTimeout: 5_000, dialled: counting },
  );
});

// ── nobody wants the answer any more ──

test("who leaves before the answer takes the request along, and the next in line is served", () =>
  upstreamScene(
    async ({ ask, upstream }) => {
      const [a, b] = [ask("GET /a"), ask("GET /b")];
      const server = await upstream();
      await server.hears("GET /a HTTP/1.1", HOST, "", "");
      a.leaves();
      await a.fails("connection_terminated");
      await rejects(server.hearsOut(), { code: "ECONNRESET" });
      const next = await upstream();
      await next.hears("GET /b HTTP/1.1", HOST, "", "");
      await next.says(...OK);
      equal(await b.whole(), "200 ok");
    },
    { connections: 1 },
  ));

test("who leaves on a kept connection is not asked for twice", () =>
  upstreamScene(async (scene) => {
    const first = scene.ask("GET /1");
    const server = await scene.upstream();
    await server.says(...OK);
    await first.whole();
    const second = scene.ask("GET /2");
    await server.hearsLike(/GET \/2/);
    second.leaves();
    await second.fails("connection_terminated");
    equal(scene.dials, 1);
  }));

for (const how of ["by the hold", "by the body"] as const) {
  test(`who leaves amid the content (${how}) breaks the connection`, () =>
    upstreamScene(async ({ ask, upstream, client, settle }) => {
      const asked = ask("GET /");
      const server = await upstream();
      await server.says("HTTP/1.1 200 OK", "Content-Length: 100", "", "x");
      equal(await asked.reads(), "x");
      const reading = asked.reads();
      reading.catch(() => {});
      await settle();
      if (how === "by the hold") asked.leaves();
      else (await asked.body()).cancel();
      await rejects(reading, { name: "UpstreamError", type: "connection_terminated" });
      equal(client.connections, 0);
      await rejects(server.hearsOut(), { code: "ECONNRESET" });
    }));
}

test("to leave after the end is harmless, even to the next one on the connection", () =>
  upstreamScene(async ({ ask, upstream, settle }) => {
    const first = ask("GET /1");
    const server = await upstream();
    await server.says("HTTP/1.1 200 OK", "Content-Length: 3", "", "he");
    equal(await first.reads(), "he");
    await server.says("y");
    equal(await first.reads(), "y");
    equal(await first.reads(), undefined);
    const second = ask("GET /2");
    await settle();
    first.leaves();
    (await first.body()).cancel();
    await server.hearsLike(/GET \/2/);
    await server.says(...OK);
    equal(await second.whole(), "200 ok");
  }));
