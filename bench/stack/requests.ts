/**
 * Our web server over our own TCP/IP, in one memory: `node bench/stack/requests.ts FOLDER CONNECTIONS REQUESTS`. Client, both
 * stacks and server are one process on one processor.
 */

import { latin1, utf8 } from "../../src/base/bytes.ts";
import { site } from "../../src/handlers/site.ts";
import { simulate } from "../../src/socket/simulated.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { serve } from "../../src/web/server.ts";
import { stopwatch } from "./child.ts";

const [folder, connections, requests] = process.argv.slice(2) as [string, string, string];
const REQUEST = utf8("GET /1k.txt HTTP/1.1\r\nHost: 10.0.0.2\r\n\r\n");

const net = simulate({ seed: 1, time: "real" });
const client = net.host("10.0.0.1");
const server = net.host("10.0.0.2");
net.between(client, server);
const web = await serve(server, { host: "10.0.0.2", port: 80 }, site({ root: folder }));

/** One keep-alive connection: asks, reads the whole answer, asks again. */
async function ask(socket: Socket, count: number, length: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const room = socket.write(REQUEST);
    if (room !== undefined) await room;
    for (let heard = 0; heard < length; ) {
      const bytes = await socket.read();
      if (bytes === undefined) throw new Error("The server has closed");
      heard += bytes.length;
      socket.recycle?.(bytes);
    }
  }
}

const open = (): Promise<Socket> => client.connect({ host: "10.0.0.2", port: 80 });

/** How long an answer is, head included: all have the same one. */
async function answerLength(): Promise<number> {
  const socket = await open();
  await socket.write(REQUEST);
  let heard = "";
  while (!/\r\n\r\n/.test(heard)) heard += latin1((await socket.read())!);
  if (!heard.startsWith("HTTP/1.1 200 ")) throw new Error(heard);
  const length = heard.indexOf("\r\n\r\n") + 4 + Number(/^content-length: (\d+)/im.exec(heard)![1]);
  socket.reset();
  return length;
}

const length = await answerLength();
const sockets = await Promise.all(Array.from({ length: Number(connections) }, open));
const each = Math.ceil(Number(requests) / sockets.length);
await Promise.all(sockets.map((socket) => ask(socket, Math.ceil(each / 5), length)));
const stop = stopwatch();
await Promise.all(sockets.map((socket) => ask(socket, each, length)));
console.log(JSON.stringify({ requests: each * sockets.length, ...stop() }));
void web.close();
process.exit();
