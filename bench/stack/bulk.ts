/** One connection between two machines of ours, as much as it carries: `node bench/stack/bulk.ts MTU BYTES`. */

import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { stopwatch } from "./child.ts";
import { SERVER, twoHosts } from "./two-hosts.ts";

const [mtu, bytes] = process.argv.slice(2).map(Number) as [number, number];
const PIECE = new Uint8Array(256 * 1024).map((_, i) => i);

const { client, server, turn } = twoHosts(mtu);
const listening = server.tcp.listen({ port: 80 }) as TcpListening;
const near = client.tcp.connect({ address: SERVER, port: 80 }) as TcpStream;
while (turn()) {
  // Until they are connected.
}
const far = listening.accept()!;

/** All is written, carried, checked, put in order and read; nobody looks at the bytes. */
async function carry(total: number): Promise<void> {
  let [written, heard] = [0, 0];
  while (heard < total) {
    for (; near.room > 0 && written < total; written += PIECE.length) near.write(PIECE);
    // Whoever waits for a delayed ACK lets time pass.
    if (!turn()) await new Promise((resolve) => setTimeout(resolve, 1));
    for (let piece = far.read(); piece !== undefined; piece = far.read()) {
      heard += piece.length;
      far.recycle(piece);
    }
  }
}

await carry(bytes / 5);
const stop = stopwatch();
await carry(bytes);
console.log(JSON.stringify({ bytes, ...stop() }));
