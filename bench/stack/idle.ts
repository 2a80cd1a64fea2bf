/** What an idle connection of ours keeps in memory, in bytes for each of its ends: `node --expose-gc bench/stack/idle.ts COUNT`. */

import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { SERVER, twoHosts } from "./two-hosts.ts";

const count = Number(process.argv[2]);
const MESSAGE = new Uint8Array(100);

const { client, server, turn } = twoHosts(1500);
const listening = server.tcp.listen({ port: 80 }) as TcpListening;
const nears: TcpStream[] = [];
const fars: TcpStream[] = [];

/** Carries all there is, and lets those come in who are there. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet++) {
    while (turn()) quiet = 0;
    for (let far = listening.accept(); far !== undefined; far = listening.accept()) fars.push(far);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function open(more: number): Promise<void> {
  for (let i = 1; i <= more; i++) {
    nears.push(client.tcp.connect({ address: SERVER, port: 80 }) as TcpStream);
    if (i % 100 === 0 || i === more) await settle();
  }
}

/** Each says something, and is answered. */
async function talk(): Promise<void> {
  for (const near of nears) near.write(MESSAGE);
  await settle();
  for (const far of fars) {
    far.read();
    far.write(MESSAGE);
  }
  await settle();
  for (const near of nears) near.read();
  await settle();
}

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await open(100);
await talk();
const before = memory();
await open(count);
await talk();
const after = memory();
if (fars.length !== count + 100) throw new Error(`Only ${fars.length} were accepted`);
console.log(JSON.stringify({ bytes: (after - before) / count / 2 }));
process.exit();
