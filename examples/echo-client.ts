/**
 * The textbook's echo client, in the calls of Berkeley: sends each line, and prints what comes back.
 *
 *     node examples/echo-client.ts 127.0.0.1 7007
 */

import { createInterface } from "node:readline";
import { AF_INET, AF_INET6, berkeley, SHUT_WR, SOCK_STREAM } from "../src/socket/berkeley.ts";
import { kernel } from "../src/socket/kernel.ts";

const { socket, connect, send, recv, shutdown, close } = berkeley(kernel);

const [host, port] = process.argv.slice(2);
if (host === undefined || port === undefined) {
  console.error("usage: node echo-client.ts <host> <port>");
  process.exit(2);
}

const clientfd = socket(host.includes(":") ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
await connect(clientfd, { host, port: Number(port) });

for await (const line of createInterface({ input: process.stdin })) {
  const sent = await send(clientfd, Buffer.from(`${line}\n`));
  for (let heard = 0; heard < sent; ) {
    const buf = await recv(clientfd, sent - heard);
    if (buf.length === 0) throw new Error("the server has closed the connection");
    process.stdout.write(buf);
    heard += buf.length;
  }
}

// We have said everything; the server closes when it has read our end.
shutdown(clientfd, SHUT_WR);
await recv(clientfd, 1);
await close(clientfd);
