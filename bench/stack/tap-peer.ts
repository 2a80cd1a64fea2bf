/** The kernel's side of bench/stack/tap.ts: `send` or `receive` so many bytes. */

import { connect } from "node:net";

const [way, count] = process.argv.slice(2);
const total = Number(count);
const PIECE = new Uint8Array(256 * 1024).map((_, i) => i);
const there = { port: 80, host: "10.0.0.2" };

if (way === "send") {
  const socket = connect(there);
  let written = 0;
  const write = (): void => {
    for (; written < total; written += PIECE.length) if (!socket.write(PIECE)) return;
    socket.end();
  };
  socket
    .on("connect", write)
    .on("drain", write)
    .on("error", () => {})
    .resume();
} else {
  let heard = 0;
  const callback = (length: number): boolean => {
    heard += length;
    if (heard >= total) socket.resetAndDestroy();
    return true;
  };
  const socket = connect({ ...there, onread: { buffer: new Uint8Array(1024 * 1024), callback } });
  socket.on("error", () => {});
}
