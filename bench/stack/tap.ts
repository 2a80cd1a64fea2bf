/**
 * One connection between us and the kernel, over a TAP device in a network namespace, first to us and then from us:
 * `unshare --net node bench/stack/tap.ts MTU BYTES [offloads]`.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { realClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { openTap } from "../../src/link/tap.ts";
import { CLIENT_CPU, pinned } from "../server.ts";
import { type Bulk, stopwatch } from "./child.ts";

const [mtu, bytes] = process.argv.slice(2).map(Number) as [number, number];
const hasOffloads = process.argv[4] === "offloads";
const PIECE = new Uint8Array(256 * 1024).map((_, i) => i);

const ip = (...words: readonly string[]): Buffer => execFileSync("ip", words);
ip("tuntap", "add", "dev", "tap0", "mode", "tap");
ip("link", "set", "tap0", "mtu", String(mtu), "up");
ip("addr", "add", "10.0.0.1/24", "dev", "tap0");

const tap = await openTap({ name: "tap0", hasOffloads });
const host = new Host({ clock: realClock, random: new Random(1) });
host.attach(tap, { address: "10.0.0.2/24", later: queueMicrotask });
const listening = host.tcp.listen({ port: 80 }) as TcpListening;

/** The kernel's side is a process of its own, on the other processor; it has more to say, or to hear, than we wait for. */
function peer(way: "send" | "receive"): ChildProcess {
  const file = fileURLToPath(new URL("tap-peer.ts", import.meta.url));
  const [program, ...words] = pinned(CLIENT_CPU, [process.execPath, file, way, String(bytes * 2)]);
  return spawn(program!, words, { stdio: "inherit" });
}

const accepted = (): Promise<TcpStream> =>
  new Promise((resolve) => {
    listening.onChange = () => resolve(listening.accept()!);
  });

/** A fifth to warm up, then what counts. */
async function measured(
  progress: (stream: TcpStream, told: (more: number) => void) => void,
  stream: TcpStream,
): Promise<Bulk> {
  let carried = 0;
  let stop: ReturnType<typeof stopwatch> | undefined;
  return new Promise((resolve) => {
    const told = (more: number): void => {
      if (stream.state === "CLOSED") return;
      carried += more;
      if (stop === undefined && carried >= bytes / 5) {
        carried = 0;
        stop = stopwatch();
      } else if (stop !== undefined && carried >= bytes) {
        resolve({ bytes: carried, ...stop() });
        stream.reset();
      }
    };
    stream.onChange = () => progress(stream, told);
    progress(stream, told);
  });
}

const sender = peer("send");
const toUs = await measured(
  (stream, told) => {
    for (let piece = stream.read(); piece !== undefined; piece = stream.read()) {
      told(piece.length);
      stream.recycle(piece);
    }
  },
  await accepted(),
);

const receiver = peer("receive");
let acknowledged = 0;
const fromUs = await measured(
  (stream, told) => {
    while (stream.room > 0 && stream.state === "ESTABLISHED") stream.write(PIECE);
    told(stream.acknowledged - acknowledged);
    acknowledged = stream.acknowledged;
  },
  await accepted(),
);

console.log(JSON.stringify({ toUs, fromUs }));
for (const child of [sender, receiver]) child.kill();
process.exit();
