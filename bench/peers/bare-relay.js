/** As little as Node can do between two: every connection is answered by one to the origin, and nothing is read. */

import { connect, createServer } from "node:net";

const [port, origin] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (socket) => {
  const upstream = connect({ port: origin, host: "127.0.0.1", noDelay: true });
  socket.pipe(upstream).pipe(socket);
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ]) {
    one.on("error", () => {});
    one.on("close", () => other.destroy());
  }
}).listen(port, "127.0.0.1");
