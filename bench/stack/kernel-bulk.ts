/** The same work by the kernel, for comparison: one process talks to itself over its loopback interface. `node bench/stack/kernel-bulk.ts BYTES`. */

import { connect, createServer } from "node:net";
import { stopwatch } from "./child.ts";

const bytes = Number(process.argv[2]);
const PIECE = new Uint8Array(256 * 1024).map((_, i) => i);
const buffer = new Uint8Array(256 * 1024);

let heard = 0;
let onHeard = (): void => {};
const callback = (length: number): boolean => {
  heard += length;
  onHeard();
  return true;
};

const server = createServer((socket) => {
  const write = (): void => {
    while (socket.write(PIECE)) {
      // As long as there is room.
    }
  };
  socket.on("drain", write).on("error", () => {});
  write();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as { port: number };
const socket = connect({ port, host: "127.0.0.1", onread: { buffer, callback } });

const until = (total: number): Promise<void> =>
  new Promise((resolve) => {
    onHeard = () => {
      if (heard >= total) resolve();
    };
  });

await until(bytes / 5);
const stop = stopwatch();
const before = heard;
await until(before + bytes);
console.log(JSON.stringify({ bytes: heard - before, ...stop() }));
socket.resetAndDestroy();
server.close();
