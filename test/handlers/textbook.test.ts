import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { type DestinationOptions, destinations } from "../../src/handlers/destinations.ts";
import { textbookProxy } from "../../src/handlers/textbook.ts";
import { DATE, type Middle, proxyScene } from "./proxy-scene.ts";

const textbook =
  (rules?: DestinationOptions): Middle =>
  ({ client }) =>
    textbookProxy({ client, ...(rules && { destinations: destinations(rules) }) });

const HOST = "Host: origin.test";
/** The course's, to the letter. */
const OURS = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:10.0.3) Gecko/20120305 Firefox/10.0.3",
  "Connection: close",
  "Proxy-Connection: close",
];

const GOES: [what: string, says: string[], at: string, hears: string[]][] = [
  ["a client of HTTP/1.0", ["GET http://origin.test/path HTTP/1.0"], "origin.test:80", ["GET /path HTTP/1.0", HOST]],
  ["the root", ["GET http://origin.test/ HTTP/1.1", HOST], "origin.test:80", ["GET / HTTP/1.0", HOST]],
  ["no path", ["GET http://origin.test HTTP/1.0"], "origin.test:80", ["GET / HTTP/1.0", HOST]],
  [
    "a port",
    ["GET http://origin.test:8080/a?b HTTP/1.0"],
    "origin.test:8080",
    ["GET /a?b HTTP/1.0", "Host: origin.test:8080"],
  ],
  [
    "a Host of the client's own, whatever the target says",
    ["GET http://origin.test:8080/ HTTP/1.1", "Host: own.test:81"],
    "origin.test:8080",
    ["GET / HTTP/1.0", "Host: own.test:81"],
  ],
];

for (const [what, says, at, hears] of GOES) {
  test(`${what}: these bytes reach the server, and no others`, () =>
    proxyScene(
      textbook(),
      async ({ arrives, upstream }) => {
        const client = await arrives();
        await client.says(...says, "", "");
        const origin = await upstream(at);
        await origin.hears(...hears, ...OURS, "", "");
        await origin.says("HTTP/1.0 200 OK", "", "hi");
        origin.leaves();
        await client.hearsLike(/^HTTP\/1.1 200 OK\r\n/);
        match(await client.hearsOut(), /hi/);
        equal(await origin.hearsOut().catch(() => ""), "");
      },
      { servers: ["origin.test:8080"] },
    ));
}

test("all other fields go on in their order, and of those that are ours there is one each", () =>
  proxyScene(textbook(), async ({ arrives, upstream }) => {
    const client = await arrives();
    const others = ["accept: */*", "X: 1", "Via: 1.1 other", "X: 2", "Keep-Alive: 5", "Cookie: a=b", "Cookie: c=d"];
    await client.says(
      "GET http://origin.test/ HTTP/1.1",
      ...others.slice(0, 3),
      ...["user-agent: curl", "HOST: own.test", "connection: keep-alive", "Proxy-connection: Keep-Alive"],
      ...others.slice(3),
      "",
      "",
    );
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.0", "Host: own.test", ...OURS, ...others, "", "");
  }));

test("content of a GET goes with it, where its length is known", () =>
  proxyScene(textbook(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Content-Length: 2", "A: b", "", "hi");
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.0", HOST, ...OURS, "A: b", "Content-Length: 2", "", "hi");
  }));

test("HTTP/1.0 has no chunks, and so the server gets none", () =>
  proxyScene(textbook(), async ({ arrives, client: ours }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "Transfer-Encoding: chunked", "", "0", "", "");
    match(await client.hearsOut(), /^HTTP\/1.1 411 Length Required\r\n[\s\S]*of known length only/);
    equal(ours.connections, 0);
  }));

for (const method of ["POST", "HEAD", "PUT", "OPTIONS", "get"]) {
  test(`${method} is not implemented`, () =>
    proxyScene(textbook(), async ({ arrives }) => {
      const client = await arrives();
      await client.says(`${method} http://origin.test/ HTTP/1.1`, HOST, "Content-Length: 0", "", "");
      match(await client.hearsOut(), /^HTTP\/1.1 501 Not Implemented\r\n[\s\S]*Connection: close\r\n/);
    }));
}

test("CONNECT is not implemented", () =>
  proxyScene(textbook(), async ({ arrives }) => {
    const client = await arrives();
    await client.says("CONNECT origin.test:443 HTTP/1.1", "Host: origin.test:443", "", "");
    match(await client.hearsOut(), /^HTTP\/1.1 501 Not Implemented\r\n[\s\S]*This proxy knows GET only/);
  }));

for (const target of ["/", "https://origin.test/", "ftp://origin.test/"]) {
  test(`${target} is nothing that it takes`, () =>
    proxyScene(textbook(), async ({ arrives }) => {
      const client = await arrives();
      await client.says(`GET ${target} HTTP/1.1`, HOST, "", "");
      match(await client.hearsOut(), /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*This proxy takes http:\/\/host:port\/path/);
    }));
}

const ALL = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));

for (const [what, says, hears] of [
  [
    "counted",
    ["HTTP/1.0 200 OK", "Content-Length: 256", "", ALL],
    ["HTTP/1.1 200 OK", "Content-Length: 256", "Connection: close", DATE, "", ALL],
  ],
  ["without a length", ["HTTP/1.0 200 OK", "", ALL], ["HTTP/1.1 200 OK", "Connection: close", DATE, "", ALL]],
  [
    "in chunks, though nobody asked for them",
    ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "100", ALL, "0", "", ""],
    ["HTTP/1.1 200 OK", "Connection: close", DATE, "", ALL],
  ],
] as const) {
  test(`content ${what} arrives byte for byte, and the connection closes`, () =>
    proxyScene(textbook(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.0", "Connection: keep-alive", "", "");
      const origin = await upstream();
      await origin.hears("GET / HTTP/1.0", HOST, ...OURS, "", "");
      await origin.says(...says);
      await origin.ends();
      await client.hears(...hears);
      equal(await client.hearsOut(), "");
      // One connection for each request, whatever the server would like.
      equal(await origin.hearsOut(), "");
    }));
}

for (const [what, type, content] of [
  ["text", "text/html", "<html><head><title>test</title></head>\n<body>Dave O'Hallaron\r\n</body></html>\n"],
  ["a program", "text/plain", `\x7fELF\x02\x01\x01${"\0".repeat(9)}${ALL.repeat(80)}\r\n\r\n0\r\n\r\n`],
  ["a picture", "image/jpeg", `\xff\xd8\xff\xe0\0\x10JFIF${ALL.repeat(600)}\xff\xd9`],
] as const) {
  test(`a file of ${content.length} bytes, ${what}, arrives as the textbook's server sends it`, () =>
    proxyScene(textbook(), async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/file HTTP/1.1", HOST, "Accept: */*", "", "");
      const origin = await upstream();
      await origin.hears("GET /file HTTP/1.0", HOST, ...OURS, "Accept: */*", "", "");
      const fields = ["Server: Tiny Web Server", `Content-length: ${content.length}`, `Content-type: ${type}`];
      const heard = client.hearsOut();
      await origin.says("HTTP/1.0 200 OK", ...fields, "", content);
      origin.leaves();
      equal(await heard, ["HTTP/1.1 200 OK", ...fields, "Connection: close", DATE, "", content].join("\r\n"));
    }));
}

test("each request has a connection of its own, and clients of HTTP/1.1 close after one answer too", () =>
  proxyScene(textbook(), async ({ arrives, upstream, client: ours }) => {
    for (const path of ["/1", "/2"]) {
      const client = await arrives();
      await client.says(`GET http://origin.test${path} HTTP/1.1`, HOST, "", "");
      const origin = await upstream();
      await origin.hears(`GET ${path} HTTP/1.0`, HOST, ...OURS, "", "");
      await origin.says("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: keep-alive", "", "ok");
      await client.hears("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", DATE, "", "ok");
      equal(await client.hearsOut(), "");
      equal(await origin.hearsOut(), "");
      equal(ours.connections, 0);
    }
  }));

test("of an answer's fields all go on but those for one connection", () =>
  proxyScene(textbook(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.0", "", "");
    const origin = await upstream();
    const fields = [
      "Set-Cookie: a=b",
      "Connection: X-Hop",
      "Keep-Alive: 5",
      "X-Hop: 1",
      "Set-Cookie: c=d",
      "Via: 1.1 a",
    ];
    await origin.says("HTTP/1.1 200 OK", ...fields, "Content-Length: 2", "", "ok");
    const kept = ["Set-Cookie: a=b", "Set-Cookie: c=d", "Via: 1.1 a"];
    await client.hears("HTTP/1.1 200 OK", ...kept, "Content-Length: 2", "Connection: close", DATE, "", "ok");
  }));

test("rules hold here too", () =>
  proxyScene(textbook({ deny: [parsePattern("origin.test")] }), async ({ arrives, client: ours }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
    match(await client.hearsOut(), /^HTTP\/1.1 403 Forbidden\r\n[\s\S]*Connection: close\r\n/);
    equal(ours.connections, 0);
  }));

test("a server that is not there is a 502, and the connection closes", () =>
  proxyScene(textbook(), async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET http://10.0.0.77:81/ HTTP/1.0", "", "");
    match(await client.hearsOut(), /^HTTP\/1.1 502 Bad Gateway\r\n[\s\S]*Cannot reach 10.0.0.77:81: nobody listens/);
  }));

test("a server that vanishes amid the content leaves a broken answer, and others are served on", () =>
  proxyScene(textbook(), async ({ arrives, upstream }) => {
    const [one, two] = [await arrives(), await arrives()];
    await one.says("GET http://origin.test/1 HTTP/1.0", "", "");
    await two.says("GET http://origin.test/2 HTTP/1.0", "", "");
    const [first, second] = [await upstream(), await upstream()];
    await first.says("HTTP/1.0 200 OK", "Content-Length: 10", "", "12345");
    await one.hearsLike(/12345/);
    first.vanishes();
    await one.hearsBreak();
    await second.says("HTTP/1.0 200 OK", "Content-Length: 2", "", "ok");
    await two.hearsLike(/ok$/);
  }));

test("a server that never answers does not keep others waiting", () =>
  proxyScene(
    textbook(),
    async ({ arrives, upstream }) => {
      const waiting = [];
      for (let i = 0; i < 20; i++) {
        const client = await arrives();
        await client.says("GET http://nop.test:8080/ HTTP/1.0", "", "");
        waiting.push(await upstream("nop.test:8080"));
      }
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.0", "", "");
      await (await upstream()).says("HTTP/1.0 200 OK", "Content-Length: 2", "", "ok");
      match(await client.hearsOut(), /ok$/);
      for (const nop of waiting) await nop.hearsLike(/^GET \/ HTTP\/1.0\r\n[\s\S]*\r\n\r\n$/);
    },
    { servers: ["nop.test:8080"] },
  ));

test("a client that vanishes is asked for no longer", () =>
  proxyScene(textbook(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.0", "", "");
    const origin = await upstream();
    await origin.hears("GET / HTTP/1.0", HOST, ...OURS, "", "");
    client.vanishes();
    await origin.hearsBreak();
  }));
