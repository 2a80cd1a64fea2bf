/** Node's own HTTP: the request is read, the answer comes from memory. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [root, port] = process.argv.slice(2);
const body = readFileSync(`${root}/1k.txt`);
const headers = {
  "Content-Type": "text/plain",
  "Content-Length": body.length,
  "Last-Modified": new Date().toUTCString(),
  "ETag": '"abc-400"',
};

createServer((_, response) => response.writeHead(200, headers).end(body)).listen(Number(port), "127.0.0.1");
