import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import type { VirtualClock } from "../../src/base/clock.ts";
import { log } from "../../src/handlers/log.ts";
import { through, tunnel } from "../../src/handlers/tunnel.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Socket } from "../../src/socket/socket.ts";
import type { Dial } from "../../src/web/dial.ts";
import type { Exchange, Handler } from "../../src/web/handler.ts";
import type { Origin } from "../../src/web/origin.ts";
import { UpstreamError } from "../../src/web/upstream-error.ts";
import { pair } from "../socket/memory-socket.ts";
import { type Client, scene } from "../web/scene.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";

const ADDRESS = { host: "10.0.0.9", port: 443 };

/** Servers that anyone can reach: who was asked for, and the far ends of the connections made. */
function servers(limit = 64 * 1024) {
  const asked: Origin[] = [];
  const reached: Socket[] = [];
  const dial: Dial = async (origin) => {
    const [near, far] = pair(ADDRESS, ADDRESS, limit);
    asked.push(origin);
    reached.push(far);
    return near;
  };
  return { dial, asked, reached };
}

const connect = (target: string) => request(`CONNECT ${target}`, { host: target });
const ESTABLISHED = ["HTTP/1.1 200 Connection established", "", ""];

for (const [target, host, port] of [
  ["example.com:443", "example.com", 443],
  ["192.0.2.1:1", "192.0.2.1", 1],
  ["[2001:db8::1]:65535", "2001:db8::1", 65535],
] as const) {
  test(`CONNECT ${target} goes to ${host}, port ${port}, in the clear`, async () => {
    const { dial, asked } = servers();
    const { status, fields } = await tunnel(dial)(connect(target), exchange());
    equal(status, 200);
    // "A server MUST NOT send any Transfer-Encoding or Content-Length header fields in a 2xx (Successful) response to CONNECT" – §9.3.6
    deepEqual([...fields], []);
    deepEqual([asked[0]!.address, asked[0]!.secure], [{ host, port }, false]);
  });
}

for (const target of ["example.com:0", "example.com:00", "example.com", "http://example.com:80/"]) {
  test(`CONNECT ${target} is refused: it names no port of anybody's`, async () => {
    const { dial, asked } = servers();
    await rejects(async () => tunnel(dial)(connect(target), exchange()), { name: "ProtocolError", status: 400 });
    equal(asked.length, 0);
  });
}

test("CONNECT with content is refused: nobody could tell it from the tunnel's first bytes", async () => {
  const { dial, asked } = servers();
  const asking = { ...connect("example.com:443"), body: bodyOf(["hello"], { length: 5 }) };
  equal((await tunnel(dial)(asking, exchange())).status, 400);
  equal(asked.length, 0);
});

for (const [what, destinations, why] of [
  [
    "port",
    { judgeTunnel: (port: number) => `port ${port} is denied`, judgeName: () => undefined },
    "port 22 is denied",
  ],
  [
    "host",
    { judgeTunnel: () => undefined, judgeName: (host: string, port: number) => `${host}, ${port} is denied` },
    "example.com, 22 is denied",
  ],
] as const) {
  test(`a ${what} that is not allowed is refused with the reason, and nobody is asked`, async () => {
    const { dial, asked } = servers();
    const answer = await tunnel(dial, { destinations, name: "here" })(connect("example.com:22"), exchange());
    equal(answer.status, 403);
    match(await textOf(answer), new RegExp(`: ${why}\n$`));
    match(answer.fields.get("proxy-status")!, /^here; ?error=http_request_denied/);
    equal(asked.length, 0);
  });
}

for (const [type, status] of [
  ["connection_refused", 502],
  ["connection_timeout", 504],
  ["dns_error", 502],
] as const) {
  test(`${type}: ${status}, and what was tried`, async () => {
    const dial: Dial = async () => {
      throw new UpstreamError(type, "Cannot reach example.com:443", { tried: ["one: refused", "two: refused"] });
    };
    const answer = await tunnel(dial)(connect("example.com:443"), exchange());
    equal(answer.status, status);
    match(await textOf(answer), /Cannot reach example\.com:443 \(tried one: refused; two: refused\)/);
    match(answer.fields.get("proxy-status")!, new RegExp(`^maitred; ?error=${type}`));
  });
}

test("what is no fault of the server's stays an error", async () => {
  const dial: Dial = () => Promise.reject(new TypeError("ours"));
  await rejects(async () => tunnel(dial)(connect("a:1"), exchange()), { message: "ours" });
});

test("a client that leaves while we dial gives the dialling up", async () => {
  const from = exchange();
  const dial: Dial = (_, signal) =>
    new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
  const answer = tunnel(dial)(connect("a:1"), from);
  from.leave();
  await rejects(async () => answer, { code: "ECONNABORTED" });
});

test("a client that left just as the server was reached leaves nothing behind", async () => {
  const { dial, reached } = servers();
  const from = exchange();
  const late: Dial = async (origin) => {
    const socket = await dial(origin);
    from.leave();
    return socket;
  };
  await rejects(async () => tunnel(late)(connect("a:1"), from), { code: "ECONNABORTED" });
  await rejects(reached[0]!.read(), { code: "ECONNRESET" });
});

test("a client that leaves before the tunnel has begun leaves nothing behind", async () => {
  const { dial, reached } = servers();
  const from = exchange();
  await tunnel(dial)(connect("a:1"), from);
  from.leave();
  await rejects(reached[0]!.read(), { code: "ECONNRESET" });
});

test("the same for an upgrade, also where the client was gone before", async () => {
  for (const isEarly of [false, true]) {
    const [near, far] = pair(ADDRESS, ADDRESS, 1024);
    const from = exchange();
    if (isEarly) from.leave();
    through(near, from);
    if (!isEarly) from.leave();
    await rejects(far.read(), { code: "ECONNRESET" });
  }
});

// ── on a server ──

/** A client whose tunnel is open, and the server at its other end. */
function open(play: (client: Client, server: Socket, clock: VirtualClock) => Promise<void>): Promise<void> {
  const { dial, reached } = servers();
  return scene(tunnel(dial), async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("CONNECT a:443 HTTP/1.1", "Host: a:443", "", "");
    await client.hears(...ESTABLISHED);
    await play(client, reached[0]!, clock);
  });
}

test("through the tunnel go bytes, both ways, then the end, and still the answer", () =>
  open(async (client, server) => {
    await client.says("hello");
    equal(latin1((await server.read())!), "hello");
    await client.ends();
    equal(await server.read(), undefined);
    await server.write(utf8("goodbye"));
    await server.end();
    equal(await client.hearsOut(), "goodbye");
  }));

test("a client that has nothing to say, and says so late, still hears its server", () =>
  open(async (client, server, clock) => {
    // Before the tunnel had begun this would have been a departure.
    await clock.advance(1000);
    await client.ends();
    equal(await server.read(), undefined);
    await clock.advance(1000);
    await server.write(utf8("220 ready"));
    await server.end();
    equal(await client.hearsOut(), "220 ready");
  }));

test("the server may end first", () =>
  open(async (client, server) => {
    await server.write(utf8("220 ready"));
    await server.end();
    await client.hears("220 ready");
    await client.says("pity");
    equal(latin1((await server.read())!), "pity");
    await client.ends();
    equal(await server.read(), undefined);
  }));

test("a client that vanishes is gone for the server, too", () =>
  open(async (client, server) => {
    client.vanishes();
    await rejects(server.read(), { code: "ECONNRESET" });
  }));

test("what a client says before it is answered goes first", () => {
  const { dial, reached } = servers();
  return scene(tunnel(dial), async ({ arrives }) => {
    const client = await arrives();
    await client.says("CONNECT a:443 HTTP/1.1", "Host: a:443", "", "early");
    await client.hears(...ESTABLISHED);
    equal(latin1((await reached[0]!.read())!), "early");
  });
});

test("a client that is gone before it is answered leaves no connection behind", () => {
  const { dial, reached } = servers();
  const { promise: time, resolve: go } = Promise.withResolvers<void>();
  const { promise: isReached, resolve: reach } = Promise.withResolvers<void>();
  const handler: Handler = async (request, exchange) => {
    const answer = await tunnel(dial)(request, exchange);
    reach();
    await time;
    return answer;
  };
  return scene(handler, async ({ arrives, clock, complaints }) => {
    const client = await arrives();
    await client.says("CONNECT a:443 HTTP/1.1", "Host: a:443", "", "");
    await isReached;
    client.vanishes();
    await clock.advance(0);
    await rejects(reached[0]!.read(), { code: "ECONNRESET" });
    go();
    await clock.advance(0);
    deepEqual(complaints, []);
  });
});

test("a client that goes just as it is answered leaves no connection behind", () => {
  const { dial, reached } = servers();
  // It is gone at the moment in which the head is written: nobody has read that yet.
  let vanish = (): void => {};
  const handler: Handler = async (request, exchange) => {
    const answer = await tunnel(dial)(request, exchange);
    vanish();
    return answer;
  };
  return scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    vanish = () => client.vanishes();
    await client.says("CONNECT a:443 HTTP/1.1", "Host: a:443", "", "");
    await clock.advance(0);
    await rejects(reached[0]!.read(), { code: "ECONNRESET" });
  });
});

test("an upgrade goes the same way", () => {
  const [near, far] = pair(ADDRESS, ADDRESS, 1024);
  const handler: Handler = (_: unknown, exchange: Exchange) => ({
    status: 101,
    fields: Fields.of({ Connection: "Upgrade", Upgrade: "chat" }),
    tunnel: through(near, exchange, { earlyBack: utf8("hi ") }),
  });
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("GET / HTTP/1.1", "Host: a", "Connection: upgrade", "Upgrade: chat", "", "early");
    await client.hears("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: chat", "", "hi ");
    equal(latin1((await far.read())!), "early");
    await far.write(utf8("there"));
    await client.hears("there");
  });
});

test("the log tells of a tunnel when it is over, with what the client was sent", () => {
  const { dial, reached } = servers();
  const lines: string[] = [];
  const handler = log(tunnel(dial), { format: "common", write: (text) => void lines.push(text) });
  return scene(handler, async ({ arrives, clock }) => {
    const client = await arrives();
    await client.says("CONNECT a:443 HTTP/1.1", "Host: a:443", "", "");
    await client.hears(...ESTABLISHED);
    await reached[0]!.write(utf8("hello"));
    await client.hears("hello");
    handler.flush();
    deepEqual(lines, []);
    await reached[0]!.end();
    await client.ends();
    await clock.advance(0);
    handler.flush();
    match(lines.join(""), /"CONNECT a:443 HTTP\/1\.1" 200 5\n$/);
  });
});

test("where one may not go, the reason is said once, and the connection closes: tunnels are taken for granted", async () => {
  const dial: Dial = async () => {
    const why = "Cannot reach localhost:443: it leads inside";
    throw new UpstreamError("destination_ip_prohibited", why, { tried: ["127.0.0.1: inside", "[::1]: inside"] });
  };
  const answer = await tunnel(dial)(connect("localhost:443"), exchange());
  equal(answer.status, 403);
  equal(await textOf(answer), "403 Forbidden: Cannot reach localhost:443: it leads inside\n");
  equal(answer.fields.get("connection"), "close");
});
