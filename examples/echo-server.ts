/**
 * The textbook's concurrent echo server, in the calls of Berkeley.
 *
 *     node examples/echo-server.ts 7007
 */

import { AF_INET, berkeley, INADDR_ANY, SOCK_STREAM } from "../src/socket/berkeley.ts";
import { kernel } from "../src/socket/kernel.ts";

const { socket, bind, listen, accept, recv, send, close, getsockname, getpeername } = berkeley(kernel);

const port = Number(process.argv[2]);
if (!Number.isInteger(port)) {
  console.error("usage: node echo-server.ts <port>");
  process.exit(2);
}

const listenfd = socket(AF_INET, SOCK_STREAM, 0);
await bind(listenfd, { host: INADDR_ANY, port });
await listen(listenfd, 1024);
console.log("listening", getsockname(listenfd));

for (;;) {
  const connfd = await accept(listenfd);
  console.log("connected", connfd, getpeername(connfd));
  // Where C would fork: nobody waits for it.
  echo(connfd).catch((error) => console.error("lost", connfd, error.message));
}

async function echo(connfd: number): Promise<void> {
  try {
    for (let buf = await recv(connfd, 8192); buf.length > 0; buf = await recv(connfd, 8192)) {
      await send(connfd, buf);
    }
  } finally {
    await close(connfd);
  }
}
