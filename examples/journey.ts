/**
 * One request over our own TCP/IP, packet by packet: docs/journey-of-a-request.md follows two of them.
 *
 *     node examples/journey.ts
 */

import { latin1, utf8 } from "../src/base/bytes.ts";
import { Fields } from "../src/http/fields.ts";
import { simulate } from "../src/socket/simulated.ts";
import { serve } from "../src/web/server.ts";
import { Conversations } from "../src/wire/conversations.ts";
import { PcapReader } from "../src/wire/pcap-reader.ts";
import { printPacket, printTime } from "../src/wire/print.ts";

const net = simulate({ seed: 7 });
const browser = net.host("10.0.0.1", { name: "browser" });
const server = net.host("10.0.0.2", { name: "server" });
net.between(browser, server, { delay: "1ms" });

const reader = new PcapReader();
net.capture((bytes) => reader.push(bytes));

const web = await serve(
  server,
  { host: "10.0.0.2", port: 80 },
  () => {
    const fields = new Fields();
    fields.append("Content-Type", "text/plain");
    return { status: 200, fields, body: utf8("soup of the day\n") };
  },
  { clock: net.clock },
);

const socket = await browser.connect({ host: "server", port: 80 });
await socket.write(utf8("GET /menu HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n"));
let answer = "";
for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) answer += latin1(bytes);
await socket.end();
await web.close();

const conversations = new Conversations();
let number = 0;
for (let block = reader.next(); block !== undefined; block = reader.next()) {
  if (block.kind !== "packet" || block.direction !== "out") continue;
  const line = printPacket(block.bytes, { hasFcs: true, conversations });
  console.log(`${String(++number).padStart(2)}  ${printTime(block.time ?? 0)} ${line}`);
}
console.log(`\n${answer}`);
