import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { destinations } from "../../src/handlers/destinations.ts";
import { tunnel } from "../../src/handlers/tunnel.ts";
import { type Secure, type Socket, SocketError, TlsError } from "../../src/socket/socket.ts";
import { DATE, forward, type ProxySceneOptions, proxyScene, type Side, VIA } from "./proxy-scene.ts";

const HOST = "Host: origin.test";
const OK = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const HEARD_OK = ["HTTP/1.1 200 OK", "Content-Length: 2", VIA, DATE, "", "ok"];

// ── where a request goes ──

const GOES: [line: string, at: string, asks: string, host: string][] = [
  ["GET http://origin.test", "origin.test:80", "GET /", "origin.test"],
  ["GET http://origin.test?a=b", "origin.test:80", "GET /?a=b", "origin.test"],
  ["GET http://origin.test:/", "origin.test:80", "GET /", "origin.test"],
  ["GET HTTP://ORIGIN.Test/A", "origin.test:80", "GET /A", "origin.test"],
  ["GET http://origin.test:8080/", "origin.test:8080", "GET /", "origin.test:8080"],
  ["GET http://[2001:DB8::1]:8080/", "[2001:db8::1]:8080", "GET /", "[2001:db8::1]:8080"],
  ["OPTIONS http://origin.test", "origin.test:80", "OPTIONS *", "origin.test"],
  ["OPTIONS http://origin.test/", "origin.test:80", "OPTIONS /", "origin.test"],
];

for (const [line, at, asks, host] of GOES) {
  test(`${line} is asked for by ${asks}`, () =>
    proxyScene(
      forward(),
      async ({ arrives, upstream }) => {
        const client = await arrives();
        await client.says(`${line} HTTP/1.1`, "Host: other.test", "", "");
        const origin = await upstream(at);
        await origin.hears(`${asks} HTTP/1.1`, `Host: ${host}`, VIA, "", "");
        await origin.says(...OK);
        await client.hears(...HEARD_OK);
      },
      { servers: ["origin.test:8080", "[2001:db8::1]:8080"] },
    ));
}

test("a connection to a server is kept, for whoever asks next", () =>
  proxyScene(forward(), async ({ arrives, upstream, client }) => {
    const [one, two] = [await arrives(), await arrives()];
    await one.says("GET http://origin.test/1 HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.hears("GET /1 HTTP/1.1", HOST, VIA, "", "");
    await origin.says(...OK);
    await one.hears(...HEARD_OK);
    await two.says("GET http://origin.test/2 HTTP/1.1", HOST, "", "");
    await origin.hears("GET /2 HTTP/1.1", HOST, VIA, "", "");
    equal(client.connections, 1);
  }));

test("a connection that died of age is no reason to refuse, and its request is sent once more", () =>
  proxyScene(forward(), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/1 HTTP/1.1", HOST, "", "");
    const origin = await upstream();
    await origin.hears("GET /1 HTTP/1.1", HOST, VIA, "", "");
    await origin.says(...OK);
    await client.hears(...HEARD_OK);
    await client.says(
      "PUT http://origin.test/2 HTTP/1.1",
      HOST,
      "Transfer-Encoding: chunked",
      "",
      "2",
      "hi",
      "0",
      "",
      "",
    );
    await origin.hears("PUT /2 HTTP/1.1", HOST, VIA, "Transfer-Encoding: chunked", "", "2", "hi", "0", "", "");
    origin.vanishes();
    const again = await upstream();
    await again.hears("PUT /2 HTTP/1.1", HOST, VIA, "Transfer-Encoding: chunked", "", "2", "hi", "0", "", "");
    await again.says(...OK);
    await client.hears(...HEARD_OK);
  }));

// ── who comes as to a web server ──

for (const [line, answer] of [
  ["GET /", /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*This is a proxy, not a web server: set it as the HTTP proxy of/],
  [
    "GET ftp://origin.test/",
    /^HTTP\/1.1 501 Not Implemented\r\n[\s\S]*Cannot GET ftp: this proxy speaks http and https/,
  ],
  ["OPTIONS *", /^HTTP\/1.1 204 No Content\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, CONNECT\r\n/],
  ["GET http://user:pw@origin.test/", /^HTTP\/1.1 400 Bad Request\r\n/],
  ["GET http:///a", /^HTTP\/1.1 400 Bad Request\r\n/],
  ["GET http://origin.test/#a", /^HTTP\/1.1 400 Bad Request\r\n/],
  ["GET http://origin.test:99999/", /^HTTP\/1.1 400 Bad Request\r\n/],
  ["GET origin.test:80", /^HTTP\/1.1 400 Bad Request\r\n/],
  ["CONNECT origin.test:443", /^HTTP\/1.1 501 Not Implemented\r\n[\s\S]*This proxy makes no tunnels/],
] as const) {
  test(`${line} is answered here`, () =>
    proxyScene(forward(), async ({ arrives }) => {
      const client = await arrives();
      await client.says(`${line} HTTP/1.1`, "Host: origin.test", "", "");
      await client.hearsLike(answer);
    }));
}

test("CONNECT makes a tunnel", () =>
  proxyScene(
    (means) => forward({ connect: tunnel(means.dial, { clock: means.clock }) })(means),
    async ({ arrives, upstream }) => {
      const client = await arrives();
      await client.says("CONNECT origin.test:443 HTTP/1.1", "Host: origin.test:443", "", "");
      const origin = await upstream("origin.test:443");
      await client.hears("HTTP/1.1 200 Connection established", "", "");
      await client.says("hello");
      await origin.hears("hello");
    },
    { servers: ["origin.test:443"] },
  ));

// ── who may go where ──

const rules = destinations({ deny: ["denied.test", "10.7.0.0/16"].map(parsePattern) });

for (const [what, target, why] of [
  ["a name that is denied", "http://denied.test/", '"denied.test" is denied (--deny denied.test)'],
  ["an address that is denied", "http://10.7.0.1/", '"10.7.0.1" is denied (--deny 10.7.0.0/16)'],
  [
    "a name that leads to an address that is denied",
    "http://inside.test/",
    'Cannot reach inside.test: "inside.test" leads to 10.7.0.1, which is denied (--deny 10.7.0.0/16)',
  ],
] as const) {
  test(`${what} is refused with the reason, and nobody is asked`, () =>
    proxyScene(
      forward({ destinations: rules }),
      async ({ arrives, client: ours }) => {
        const client = await arrives();
        await client.says(`GET ${target} HTTP/1.1`, HOST, "", "");
        const [, type, details] = await client.hearsLike(
          /^HTTP\/1.1 403 Forbidden\r\nProxy-Status: maitred; error=(\w+); details="(.*)"\r\n/,
        );
        equal(type, what.startsWith("a name that leads") ? "destination_ip_prohibited" : "http_request_denied");
        equal(details!.replaceAll("\\", ""), why);
        await client.hearsLike(/403 Forbidden: .*denied/);
        equal(ours.connections, 0);
      },
      {
        servers: ["denied.test:80", "10.7.0.1:80"],
        network: { names: { "inside.test": ["10.7.0.1"] } },
        dial: { judge: (host, port, address) => rules.judge(host, port, address) },
      },
    ));
}

// ── what goes wrong ──

interface Trouble {
  readonly what: string;
  readonly target?: string;
  readonly status: string;
  readonly type: string;
  /** What the page says. */
  readonly says: RegExp;
  readonly options?: ProxySceneOptions;
  /** What the client hears before. */
  readonly hint?: string;
  /** What the server does, once it has been asked. */
  readonly origin?: (origin: Side) => Promise<void> | void;
  /** How long the client waits. */
  readonly after?: number;
}

const fails =
  (error: Error) =>
  async (socket: Socket): Promise<Socket> => {
    socket.close();
    throw error;
  };

const tls = (secure: Secure): ProxySceneOptions => ({ servers: ["origin.test:443"], dial: { secure } });

const TROUBLE: Trouble[] = [
  {
    what: "a name that nobody knows",
    target: "http://nowhere.test/",
    status: "502 Bad Gateway",
    type: "dns_error",
    says: /Cannot reach nowhere.test: there is no such host/,
  },
  {
    what: "a host where nobody listens",
    target: "http://10.0.0.77:81/",
    status: "502 Bad Gateway",
    type: "connection_refused",
    says: /Cannot reach 10.0.0.77:81: nobody listens there/,
  },
  {
    what: "a name with several addresses at which nobody listens",
    target: "http://both.test/",
    status: "502 Bad Gateway",
    type: "connection_refused",
    says: /nobody listens there \(tried \[fd00::7\]:80: nobody listens there; 10.0.0.7:80: nobody listens there\)/,
    options: { network: { names: { "both.test": ["fd00::7", "10.0.0.7"] } } },
  },
  {
    what: "a host that never answers",
    target: "http://10.0.0.66/",
    status: "504 Gateway Timeout",
    type: "connection_timeout",
    says: /Cannot reach 10.0.0.66: no answer came in time/,
    options: { network: { silent: new Set(["10.0.0.66"]) } },
    after: 10_000,
  },
  {
    what: "a host to which no way leads",
    target: "http://10.0.0.66/",
    status: "502 Bad Gateway",
    type: "destination_ip_unroutable",
    says: /no way leads to that host/,
    options: {
      network: {
        way: (to) =>
          "host" in to && to.host === "10.0.0.66"
            ? Promise.reject(new SocketError("EHOSTUNREACH", "Cannot connect"))
            : undefined,
      },
    },
  },
  {
    what: "https where TLS is not spoken",
    target: "https://origin.test/",
    status: "500 Internal Server Error",
    type: "proxy_configuration_error",
    says: /Cannot reach origin.test: TLS is not spoken here/,
  },
  {
    what: "a certificate that is not to be believed",
    target: "https://origin.test/",
    status: "502 Bad Gateway",
    type: "tls_certificate_error",
    says: /its certificate has expired/,
    options: tls(fails(new TlsError("certificate", "Cannot trust origin.test: its certificate has expired"))),
  },
  {
    what: "a server that speaks no TLS",
    target: "https://origin.test/",
    status: "502 Bad Gateway",
    type: "tls_protocol_error",
    says: /it speaks no TLS/,
    options: tls(fails(new TlsError("protocol", "Cannot protect it: it speaks no TLS"))),
  },
  {
    what: "a server that does not answer",
    status: "504 Gateway Timeout",
    type: "http_response_timeout",
    says: /Cannot get an answer from http:\/\/origin.test:80: it does not answer/,
    origin: () => {},
    after: 61_000,
  },
  {
    what: "a server that begins its head and no more",
    status: "504 Gateway Timeout",
    type: "http_response_timeout",
    says: /it does not answer/,
    origin: (origin) => origin.says("HTTP/1.1 200 OK", "A: b"),
    after: 61_000,
  },
  {
    what: "a server that only says that it is at it",
    status: "504 Gateway Timeout",
    type: "http_response_timeout",
    says: /it does not answer/,
    origin: (origin) => origin.says("HTTP/1.1 103 Early Hints", "", ""),
    hint: "HTTP/1.1 103 Early Hints",
    after: 61_000,
  },
  {
    what: "a server that leaves",
    status: "502 Bad Gateway",
    type: "connection_terminated",
    says: /it closed the connection without an answer/,
    origin: (origin) => origin.leaves(),
  },
  {
    what: "a server that breaks the connection off",
    status: "502 Bad Gateway",
    type: "connection_terminated",
    says: /the connection broke/,
    origin: (origin) => origin.vanishes(),
  },
  {
    what: "a server that leaves amid its head",
    status: "502 Bad Gateway",
    type: "http_response_incomplete",
    says: /it closed the connection amid the head/,
    async origin(origin) {
      await origin.says("HTTP/1.1 200 OK", "Content-Le");
      origin.leaves();
    },
  },
  {
    what: "a server that talks nonsense",
    status: "502 Bad Gateway",
    type: "http_protocol_error",
    says: /Cannot get an answer from http:\/\/origin.test:80: Cannot read/,
    // It says this and waits: nobody need wait with it.
    origin: (origin) => origin.says("SSH-2.0-OpenSSH_9.2", ""),
  },
  {
    what: "a head without end",
    status: "502 Bad Gateway",
    type: "http_response_header_section_size",
    says: /Cannot read the fields: they are too long together/,
    origin: (origin) => origin.says("HTTP/1.1 200 OK", ...Array(200).fill(`A: ${"b".repeat(1000)}`)),
  },
  {
    what: "two lengths",
    status: "502 Bad Gateway",
    type: "http_protocol_error",
    says: /Content-Length is not one number/,
    origin: (origin) => origin.says("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", "", "ok"),
  },
  {
    what: "a length and chunks",
    status: "502 Bad Gateway",
    type: "http_protocol_error",
    says: /both Content-Length and Transfer-Encoding/,
    origin: (origin) =>
      origin.says("HTTP/1.1 200 OK", "Content-Length: 2", "Transfer-Encoding: chunked", "", "2", "ok", "0", "", ""),
  },
];

for (const {
  what,
  target = "http://origin.test/",
  status,
  type,
  says,
  options = {},
  origin,
  hint,
  after = 0,
} of TROUBLE) {
  test(`${what}: ${status}, ${type}`, () =>
    proxyScene(
      forward(),
      async ({ arrives, upstream, clock, settle, client: ours }) => {
        const client = await arrives();
        await client.says(`GET ${target} HTTP/1.1`, HOST, "", "");
        if (origin !== undefined) {
          const side = await upstream();
          await side.hears("GET / HTTP/1.1", HOST, VIA, "", "");
          await origin(side);
        }
        await settle();
        await clock.advance(after);
        if (hint !== undefined) await client.hears(hint, "Via: 1.1 maitred", "", "");
        await client.hears(`HTTP/1.1 ${status}`, `Proxy-Status: maitred; error=${type}; details=`);
        const [, length] = await client.hearsLike(/Content-Length: (\d+)\r\n[\s\S]*?\r\n\r\n/);
        const [page] = await client.hearsLike(new RegExp(`^[\\s\\S]{${length}}`));
        match(page, says);
        equal(ours.connections, 0);
        // It was not the client's fault, and so it may go on.
        await client.says("OPTIONS * HTTP/1.1", HOST, "", "");
        await client.hears("HTTP/1.1 204 No Content");
      },
      options,
    ));
}

test("who reads HTML is told in HTML", () =>
  proxyScene(forward(), async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET http://nowhere.test/ HTTP/1.1", HOST, "Accept: text/html", "", "");
    await client.hearsLike(/Content-Type: text\/html[\s\S]*<p>Cannot reach nowhere.test: there is no such host/);
  }));

test("a server has so many connections, and the next request waits for one, but not for ever", () =>
  proxyScene(
    forward(),
    async ({ arrives, upstream, clock, settle }) => {
      const clients = [await arrives(), await arrives(), await arrives()];
      for (const [i, client] of clients.entries()) {
        await client.says(`GET http://origin.test/${i} HTTP/1.1`, HOST, "", "");
        await settle();
      }
      const origin = await upstream();
      await origin.hears("GET /0 HTTP/1.1", HOST, VIA, "", "");
      // There is one place in the line, and the third does not get it.
      await clients[2]!.hearsLike(/^HTTP\/1.1 503 Service Unavailable\r\n/);
      await clients[2]!.hearsLike(/Proxy-Status: maitred; error=connection_limit_reached/);
      await clients[2]!.hearsLike(/Retry-After: 5\r\n[\s\S]*1 connections are in use, and 1 requests wait already/);
      await clock.advance(31_000);
      await clients[1]!.hearsLike(/^HTTP\/1.1 503 [\s\S]*none came free in time/);
      await origin.says(...OK);
      await clients[0]!.hears("HTTP/1.1 200 OK");
    },
    { client: { connections: 1, waiting: 1 } },
  ));

test("a fault in ourselves is a 500, of which who runs the proxy hears more", () =>
  proxyScene(
    forward(),
    async ({ arrives, complaints }) => {
      const client = await arrives();
      await client.says("GET http://origin.test/ HTTP/1.1", HOST, "", "");
      await client.hears("HTTP/1.1 500 Internal Server Error");
      match(complaints.join(), /Cannot reach origin.test: something went wrong here: Error: the house is on fire/);
    },
    {
      dial: {
        judge: () => {
          throw new Error("the house is on fire");
        },
      },
    },
  ));

test("servers are told for whom the proxy asks, where it shall", () =>
  proxyScene(forward({ forwarded: "both", name: "here" }), async ({ arrives, upstream }) => {
    const client = await arrives();
    await client.says("GET http://origin.test/ HTTP/1.1", "Host: other.test", "X-Forwarded-For: 192.0.2.1", "", "");
    const origin = await upstream();
    await origin.hears(
      "GET / HTTP/1.1",
      HOST,
      "X-Forwarded-For: 192.0.2.1, 10.0.0.2",
      "Via: 1.1 here",
      "Forwarded: for=192.0.2.1, for=10.0.0.2;host=origin.test;proto=http",
      "X-Forwarded-Host: origin.test",
      "X-Forwarded-Proto: http",
      "",
      "",
    );
  }));
