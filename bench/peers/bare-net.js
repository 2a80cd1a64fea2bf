/** As little as Node can do: whatever comes is answered with the same bytes. */

import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const [root, port] = process.argv.slice(2);
const body = readFileSync(`${root}/1k.txt`);
const now = new Date().toUTCString();
const head = [
  "HTTP/1.1 200 OK",
  "Content-Type: text/plain",
  `Content-Length: ${body.length}`,
  `Last-Modified: ${now}`,
  'ETag: "abc-400"',
  `Date: ${now}`,
];
const answer = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);

createServer({ noDelay: true }, (socket) => {
  socket.on("data", () => socket.write(answer));
  socket.on("error", () => {});
}).listen(Number(port), "127.0.0.1");
