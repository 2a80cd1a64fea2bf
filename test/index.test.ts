import { deepEqual, equal } from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import * as maitred from "../src/index.ts";
import {
  Balancer,
  Client,
  dialer,
  Fields,
  forwardProxy,
  type Handler,
  kernel,
  parseUpstream,
  printAddress,
  reverseProxy,
  serve,
} from "../src/index.ts";

test("the public names are these, and a new one is no accident", () => {
  deepEqual(Object.keys(maitred).sort(), [
    "AF_INET",
    "AF_INET6",
    "AF_UNIX",
    "Balancer",
    "Client",
    "Fields",
    "FramedStream",
    "Host",
    "INADDR_ANY",
    "MemoryStore",
    "PreparedResponse",
    "ProtocolError",
    "Random",
    "SHUT_RD",
    "SHUT_RDWR",
    "SHUT_WR",
    "SOCK_DGRAM",
    "SOCK_STREAM",
    "SecureRandom",
    "SocketError",
    "TextbookCache",
    "TieredStore",
    "TlsError",
    "UpstreamError",
    "VirtualClock",
    "admin",
    "askHealth",
    "authenticate",
    "berkeley",
    "caching",
    "cgi",
    "concurrency",
    "destinations",
    "dialer",
    "fetchHandler",
    "files",
    "forwardProxy",
    "inheritedListeners",
    "keepInStep",
    "kernel",
    "loadApp",
    "log",
    "mounts",
    "nodeNet",
    "openDiskStore",
    "openSharedStore",
    "originAt",
    "parseCredentials",
    "parseHeader",
    "parsePattern",
    "parsePolicy",
    "parseRedirect",
    "parseUpstream",
    "parseUriPattern",
    "parseVisitors",
    "portLink",
    "prepared",
    "printAddress",
    "printCounters",
    "printRoute",
    "realClock",
    "redirects",
    "reverseProxy",
    "route",
    "serve",
    "serveListener",
    "simulate",
    "site",
    "stackNetwork",
    "statusPage",
    "tapNetwork",
    "textbookProxy",
    "tlsClient",
    "tunnel",
    "visitors",
    "watchHealth",
    "withHeaders",
  ]);
});

test("with them one opens a house of one's own", async () => {
  const hello: Handler = ({ target }) => ({
    status: 200,
    fields: Fields.of({ "Content-Type": "text/plain" }),
    body: new TextEncoder().encode(`You asked for ${target}`),
  });
  const server = await serve(kernel, { host: "127.0.0.1", port: 0 }, hello);
  const response = await fetch(`http://${printAddress(server.address)}/a?b`);
  equal(await response.text(), "You asked for /a?b");
  await server.close();
});

test("with them one stands between others: a gateway, and a proxy before it", async () => {
  const hello = await serve(kernel, { host: "127.0.0.1", port: 0 }, ({ target, fields }) => ({
    status: 200,
    fields: new Fields(),
    body: new TextEncoder().encode(`${target}, by ${fields.get("via")}`),
  }));
  const client = new Client(dialer(kernel));
  const balancer = new Balancer([parseUpstream(printAddress(hello.address))]);
  const gateway = await serve(kernel, { host: "127.0.0.1", port: 0 }, reverseProxy({ client, balancer, name: "edge" }));
  const proxy = await serve(kernel, { host: "127.0.0.1", port: 0 }, forwardProxy({ client, name: "house" }));
  const { port } = proxy.address as { port: number };
  const path = `http://${printAddress(gateway.address)}/menu`;
  const [answer] = (await once(get({ host: "127.0.0.1", port, path, agent: false }), "response")) as [IncomingMessage];
  equal((await answer.toArray()).join(""), "/menu, by 1.1 house, 1.1 edge");
  client.close();
  for (const server of [proxy, gateway, hello]) await server.close();
});
