/** What a connection costs that has been served and says nothing more. */

import { connect, type Socket } from "node:net";
import { bareHttp } from "../peers/bare.ts";
import { lighttpd } from "../peers/lighttpd.ts";
import { maitred } from "../peers/maitred.ts";
import { nginx } from "../peers/nginx.ts";
import type { Goal, Scenario } from "../scenario.ts";
import { Server } from "../server.ts";
import { SMALL } from "../site.ts";
import { figure, table } from "../table.ts";

const CONNECTIONS = 10_000;
const LIMIT = 8;
/** So that nobody's backlog overflows. */
const AT_ONCE = 100;

export const idle: Scenario = {
  name: "idle",
  title: `${figure(CONNECTIONS)} idle connections`,
  how: "Each connection is opened, asks once for the 1 KiB file, gets it, and stays. Resident memory of all the server's processes three seconds after the last one, less what it was when the first hundred had come and gone, by their number. What the kernel keeps for a socket is not in it, for anyone.",
  peers: [maitred, nginx, lighttpd, bareHttp],
  async measure(peers, site) {
    const notes: string[] = [];
    const rows: string[][] = [];
    let ours: number | undefined;
    for (const peer of peers) {
      let server: Server | undefined;
      const sockets: Socket[] = [];
      try {
        server = await Server.start(peer, site);
        for (const socket of await open(server.port, AT_ONCE)) socket.destroy();
        await new Promise((resolve) => setTimeout(resolve, 500));
        const before = server.memory();
        while (sockets.length < CONNECTIONS) sockets.push(...(await open(server.port, AT_ONCE)));
        await new Promise((resolve) => setTimeout(resolve, 3000));
        const closed = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
        const kib = (server.memory() - before) / 1024 / CONNECTIONS;
        if (closed > 0) throw new Error(`it closed ${closed} of them`);
        rows.push([peer.name, figure(before / 2 ** 20, 1), figure(server.memory() / 2 ** 20, 1), figure(kib, 2)]);
        if (peer === maitred) ours = kib;
      } catch (error) {
        notes.push(`${peer.name} could not be measured: ${(error as Error).message}`);
      } finally {
        for (const socket of sockets) socket.destroy();
        await server?.stop();
      }
    }
    const goal: Goal = {
      name: "memory of an idle connection",
      wanted: `≤ ${LIMIT} KiB`,
      measured: ours === undefined ? "not measured" : `${figure(ours)} KiB`,
      isMet: ours !== undefined && ours <= LIMIT,
    };
    return { table: table(["", "MiB before", "MiB after", "KiB each"], rows), goals: [goal], notes };
  },
};

/** So many connections, each of which has had its answer. */
function open(port: number, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => openOne(port)));
}

function openOne(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let length = 0;
    socket.write(`GET ${SMALL.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    socket.on("data", (part) => {
      length += part.length;
      if (length > SMALL.length) resolve(socket);
    });
    socket.on("error", reject);
    socket.on("end", () => reject(new Error("it hung up")));
  });
}
