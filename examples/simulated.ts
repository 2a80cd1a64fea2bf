/**
 * A program of your own on a bad network: Node's HTTP server and undici, over a line that loses every twentieth packet,
 * and is cut for half a minute. It takes no half minute: time is simulated, too. The same seed makes the same packets;
 * all of them are in a file that Wireshark opens, if you name one.
 *
 *     node examples/simulated.ts 7 line.pcapng
 */

import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "undici";
import { nodeNet, simulate } from "../src/index.ts";

const [seed, file] = process.argv.slice(2);
const net = simulate(seed === undefined ? {} : { seed: Number(seed) });
const client = net.host("10.0.0.1");
const server = net.host("10.0.0.2", { name: "kitchen" });
const line = net.between(client, server, { loss: 0.05, delay: "30ms", rate: "10Mbit" });

const capture = file === undefined ? undefined : createWriteStream(file);
if (capture !== undefined) net.capture((bytes) => capture.write(bytes));

const say = (words: string): void => console.log(`${(net.clock.now() / 1000).toFixed(3).padStart(8)} s  ${words}`);
say(`seed ${net.seed}`);

// The server, as anybody would write it; connections come to it from the simulated network.
const kitchen = createServer((request, response) => {
  say(`the kitchen hears ${request.method} ${request.url}`);
  response.end("x".repeat(200_000));
});
const door = nodeNet(server).createServer((socket) => void kitchen.emit("connection", socket));
door.listen(80);

// The client, as anybody would write it; its connections go out to the simulated network.
const waiter = nodeNet(client);
const agent = new Agent({
  connect({ hostname, port }, done) {
    const socket = waiter.connect({ host: hostname, port: Number(port || 80) });
    socket.once("connect", () => done(null, socket)).once("error", (error) => done(error, null));
  },
});

async function order(dish: string): Promise<void> {
  const { statusCode, body } = await request(`http://kitchen/${dish}`, { dispatcher: agent });
  const { byteLength } = await body.arrayBuffer();
  say(`${dish}: ${statusCode}, ${byteLength} bytes`);
}

await order("soup");

// Nobody waits for it: it shall happen while the next dish is on its way.
net.clock.after(200, () => {
  net.partition(client, server);
  say("the line is cut");
});
net.clock.after(30_000, () => {
  net.heal();
  say("the line is mended");
});
await order("roast");

say(`${line.out?.dropped} packets were lost on the way there, ${line.in?.dropped} on the way back`);
await agent.close();
door.close();
capture?.end();
