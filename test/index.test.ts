import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import * as maitred from "../src/index.ts";
import { Fields, type Handler, kernel, printAddress, serve } from "../src/index.ts";

test("the public names are these, and a new one is no accident", () => {
  deepEqual(Object.keys(maitred).sort(), [
    "AF_INET",
    "AF_INET6",
    "AF_UNIX",
    "Fields",
    "INADDR_ANY",
    "PreparedResponse",
    "ProtocolError",
    "Random",
    "SHUT_RD",
    "SHUT_RDWR",
    "SHUT_WR",
    "SOCK_DGRAM",
    "SOCK_STREAM",
    "SocketError",
    "VirtualClock",
    "berkeley",
    "cgi",
    "fetchHandler",
    "files",
    "inheritedListeners",
    "kernel",
    "loadApp",
    "log",
    "parseHeader",
    "parseRedirect",
    "printAddress",
    "realClock",
    "redirects",
    "route",
    "serve",
    "serveListener",
    "site",
    "statusPage",
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
