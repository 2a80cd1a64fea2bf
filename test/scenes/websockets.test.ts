/** WebSockets (RFC 6455) through every door of the proxy, between the client and the server that Node's programs use. */

import { deepEqual, equal, match } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { after, before, describe, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { Maitred } from "../commands/maitred.ts";

const origin = http.createServer();
/** Says everything back; a text is told apart from bytes. */
const sockets = new WebSocketServer({
  server: origin,
  path: "/ws/echo",
  handleProtocols: (offered) => [...offered].at(-1) ?? false,
});
sockets.on("connection", (socket) => {
  socket.on("message", (message, isBinary) => {
    if (String(message) === "bye") socket.close(4001, "bye");
    else socket.send(message, { binary: isBinary });
  });
});

let houses: Maitred[] = [];
let url: string;

before(async () => {
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const { port } = origin.address() as net.AddressInfo;
  url = `ws://127.0.0.1:${port}/ws/echo`;
  houses = [
    new Maitred(["proxy", "--port", "0", "--connect-port", String(port)]),
    new Maitred(["proxy", "--port", "0", "--to", `http://127.0.0.1:${port}`]),
    new Maitred(["examples/site", "--port", "0", "--proxy", `/ws=http://127.0.0.1:${port}`]),
  ];
  await Promise.all(houses.map((house) => house.origin()));
});

after(async () => {
  for (const socket of sockets.clients) socket.terminate();
  origin.close();
  for (const house of houses) await house[Symbol.asyncDispose]();
});

const OFFERED = ["soup", "salad"];

/** A tunnel first, and the WebSocket in it. */
async function byTunnel(): Promise<WebSocket> {
  const { hostname, port } = new URL(await houses[0]!.origin());
  const asking = http.request({ hostname, port, method: "CONNECT", path: new URL(url).host }).end();
  const [, socket] = (await once(asking, "connect")) as [http.IncomingMessage, net.Socket];
  return new WebSocket(url, OFFERED, { createConnection: () => socket });
}

/** The Upgrade itself in absolute-form. */
async function byUpgrade(): Promise<WebSocket> {
  const { hostname, port } = new URL(await houses[0]!.origin());
  return new WebSocket(url, OFFERED, {
    createConnection: () => net.connect(Number(port), hostname),
    finishRequest(request) {
      request.path = url.replace("ws:", "http:");
      request.end();
    },
  });
}

const of = async (house: Maitred): Promise<WebSocket> =>
  new WebSocket(`${(await house.origin()).replace("http:", "ws:")}/ws/echo`, OFFERED);

const WAYS: Record<string, () => Promise<WebSocket>> = {
  "a tunnel of the forward proxy": byTunnel,
  "an upgrade of the forward proxy": byUpgrade,
  "maitred proxy --to": () => of(houses[1]!),
  "maitred folder --proxy": () => of(houses[2]!),
};

for (const [way, open] of Object.entries(WAYS)) {
  describe(way, () => {
    test("text and bytes, small and large, go there and back in order", async () => {
      const socket = await open();
      await once(socket, "open");
      equal(socket.protocol, "salad");
      const messages = ["hello", "", "ö".repeat(40_000), randomBytes(1), randomBytes(3_000_000), "last"];
      const heard: (string | Buffer)[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on("message", (message: Buffer, isBinary) => {
          heard.push(isBinary ? message : String(message));
          if (heard.length === messages.length) resolve();
        });
      });
      for (const message of messages) socket.send(message);
      await all;
      deepEqual(heard, messages);
      socket.ping("well?");
      const [pong] = await once(socket, "pong");
      equal(String(pong), "well?");
      socket.terminate();
    });

    test("either side may close, and the other hears why", async () => {
      const socket = await open();
      await once(socket, "open");
      socket.send("bye");
      const [code, reason] = await once(socket, "close");
      deepEqual([code, String(reason)], [4001, "bye"]);

      const other = await open();
      await once(other, "open");
      const [peer] = [...sockets.clients].filter(({ readyState }) => readyState === WebSocket.OPEN);
      other.close(4002, "enough");
      const [code2, reason2] = await once(peer!, "close");
      deepEqual([code2, String(reason2)], [4002, "enough"]);
    });

    test("who breaks off is missed on the other side", async () => {
      const socket = await open();
      await once(socket, "open");
      const [peer] = [...sockets.clients].filter(({ readyState }) => readyState === WebSocket.OPEN);
      socket.terminate();
      equal((await once(peer!, "close"))[0], 1006);
    });
  });
}

test("a server that wants no WebSocket there says so", async () => {
  const { host } = new URL(await houses[1]!.origin());
  const socket = new WebSocket(`ws://${host}/elsewhere`);
  const [error] = await once(socket, "error");
  match(String(error), /Unexpected server response: 400/);
});
