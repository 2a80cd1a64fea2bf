/** What a proxy keeps in memory while one side is much slower than the other. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Origin } from "../origin.ts";
import { haproxy } from "../peers/haproxy.ts";
import { maitredProxy } from "../peers/maitred.ts";
import { httpProxy } from "../peers/npm-proxies.ts";
import type { Goal, Scenario } from "../scenario.ts";
import { Server } from "../server.ts";
import { figure, table } from "../table.ts";

const MIB = 2 ** 20;
const MB = 1e6;
const LENGTH = 2 ** 31;
/** So long is read at leisure that a proxy which reads on meanwhile has all of the body in its memory. */
const LEISURE = 64 * MIB;
const PAUSE_MS = 50;
const LIMIT = 150;

export const slowReader: Scenario = {
  name: "slow",
  title: "2 GiB to a slow reader",
  how: "Through the reverse proxy, down to a client and up to an origin that take the first 64 MiB a MiB at a time, 50 ms apart, and the rest as fast as it comes. The most resident memory that the proxy had (VmHWM), as of the launch and of each direction, started anew for each.",
  peers: [maitredProxy, haproxy, httpProxy],
  async measure(peers, site) {
    const notes: string[] = [];
    const rows: string[][] = [];
    const goals: Goal[] = [];
    const origin = await Origin.start(site);
    try {
      for (const peer of peers) {
        const peaks: { start: number; end: number }[] = [];
        for (const move of [download, upload]) {
          let server: Server | undefined;
          try {
            server = await Server.start(peer, site, origin.port);
            const start = server.peakMemory() / MB;
            await move(server.port);
            peaks.push({ start, end: server.peakMemory() / MB });
          } catch (error) {
            notes.push(`${peer.name} could not be measured, ${move.name}: ${(error as Error).message}`);
          } finally {
            await server?.stop();
          }
        }
        const [down, up] = peaks;
        if (down !== undefined && up !== undefined)
          rows.push([peer.name, ...[down.start, down.end, up.end].map((mb) => figure(mb, 1))]);
        if (peer !== maitredProxy) continue;
        const most = down && up && Math.max(down.end, up.end);
        goals.push({
          name: "memory of the proxy, 2 GiB to a slow reader",
          wanted: `< ${LIMIT} MB`,
          measured: most === undefined ? "not measured" : `${figure(most, 1)} MB`,
          isMet: most !== undefined && most < LIMIT,
        });
      }
    } finally {
      await origin.stop();
    }
    return { table: table(["", "MB at launch", "MB down", "MB up"], rows), goals, notes };
  },
};

/** The client is slow. */
async function download(port: number): Promise<void> {
  const socket = dial(port);
  socket.write(`GET /${LENGTH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  let got = 0;
  for await (const length of content(socket)) {
    const before = Math.floor(got / MIB);
    got += length;
    if (got >= LENGTH) break;
    if (got < LEISURE && Math.floor(got / MIB) > before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  if (got !== LENGTH) throw new Error(`${figure(got, 0)} bytes came`);
}

/** The origin is slow. */
async function upload(port: number): Promise<void> {
  const socket = dial(port);
  socket.write(`PUT /${LENGTH}?slow HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${LENGTH}\r\n\r\n`);
  const answered = content(socket).next();
  const piece = Buffer.alloc(MIB, "x");
  let sent = 0;
  const sending = (async () => {
    for (; sent < LENGTH; sent += MIB) if (!socket.write(piece)) await once(socket, "drain");
  })();
  await Promise.race([sending.then(() => answered), answered]);
  socket.destroy();
  if (sent < LENGTH) throw new Error(`it answered when ${figure(sent, 0)} bytes were sent`);
}

function dial(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(60_000, () => socket.destroy(new Error("it is silent")));
  return socket;
}

/** What comes behind the head, by length; fails where the head is not that of a 200. */
async function* content(socket: Socket): AsyncGenerator<number> {
  let head = "";
  let isContent = false;
  for await (const part of socket) {
    if (isContent) {
      yield part.length;
      continue;
    }
    head += part.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    if (!/^HTTP\/1\.1 200 /.test(head)) throw new Error(head.slice(0, head.indexOf("\r\n")));
    isContent = true;
    yield head.length - end - 4;
  }
  if (!isContent) throw new Error("it hung up");
}
