/** Bytes through a tunnel (CONNECT), down and up. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { cut } from "../compare.ts";
import { median } from "../load.ts";
import { compiled, Origin } from "../origin.ts";
import type { Peer } from "../peer.ts";
import { bareRelay } from "../peers/bare.ts";
import { haproxy, haproxyLarge, haproxySplicing } from "../peers/haproxy.ts";
import { maitredTunnel } from "../peers/maitred.ts";
import { squid } from "../peers/squid.ts";
import { type Goal, type Scenario, shortened } from "../scenario.ts";
import { CLIENT_CPU, pinned, Server } from "../server.ts";
import { figure, table } from "../table.ts";

const CONNECTIONS = 4;
const GIB = 2 ** 30;
const LIMIT = 0.8;
const DIRECTIONS = ["download", "upload"] as const;

/** Of one round. */
interface Passage {
  readonly perSecond: number;
  /** Seconds of processor for a GiB. */
  readonly cpu: number;
}

interface Measured {
  readonly server: Server;
  readonly download: Passage[];
  readonly upload: Passage[];
}

export const tunnel: Scenario = {
  name: "tunnel",
  title: "1 GiB through CONNECT, 4 connections",
  how: "Each connection asks for a tunnel to the origin (bench/origin.c), and moves 256 MiB through it (bench/tunneller.c); 5 rounds each way, interleaved; medians of the rounds and of their ratios. The proxy has one processor, both ends share the other, and copy as little as they can; only the proxy's time counts. HAProxy knows no CONNECT of its own: it passes it on, and the origin says 200. `node:net` relays bytes without reading them, CONNECT among them: it is the floor of Node, and no proxy.",
  peers: [maitredTunnel, haproxy, haproxyLarge, haproxySplicing, squid, bareRelay],
  async measure(peers, site, isQuick) {
    const { rounds } = shortened({ rounds: 5 }, isQuick);
    const tunneller = compiled("tunneller", site);
    if (tunneller === undefined) return { table: "", goals: [], notes: ["Not measured: there is no gcc"] };
    const notes: string[] = [];
    const measured = new Map<Peer, Measured>();
    const origin = await Origin.start(site);
    /** Who fails is measured no more. */
    const attempt = async (peer: Peer, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        notes.push(`${peer.name} could not be measured: ${(error as Error).message.trim()}`);
        await measured.get(peer)?.server.stop();
        measured.delete(peer);
      }
    };
    try {
      for (const peer of peers)
        await attempt(peer, async () => {
          const server = await Server.start(peer, site, origin.port);
          measured.set(peer, { server, download: [], upload: [] });
          await check(server.port, origin.port);
        });
      // Round 0 is to warm up: compilers, buffers.
      for (let round = 0; round <= rounds; round++)
        for (const direction of DIRECTIONS)
          for (const [peer, its] of measured)
            await attempt(peer, async () => {
              const passage = await pass(tunneller, its.server, origin.port, direction);
              if (round > 0) its[direction].push(passage);
            });
    } finally {
      for (const { server } of measured.values()) await server.stop();
      await origin.stop();
    }

    const rows = [...measured].map(([{ name }, its]) => [
      name,
      ...DIRECTIONS.flatMap((direction) => [
        figure(median(its[direction].map(({ perSecond }) => perSecond)) / GIB, 2),
        figure(median(its[direction].map(({ cpu }) => cpu)), 2),
      ]),
    ]);
    const heads = ["", "GiB/s down", "CPU s/GiB down", "GiB/s up", "CPU s/GiB up"];
    return { table: table(heads, rows), goals: DIRECTIONS.map((direction) => goal(measured, direction)), notes };
  },
};

/** One of the two will do; which one, is said. HAProxy is taken as it is quickest. */
function goal(measured: ReadonlyMap<Peer, Measured>, direction: (typeof DIRECTIONS)[number]): Goal {
  const ours = measured.get(maitredTunnel)?.[direction];
  const ratios = [haproxyLarge, squid].map((peer) => {
    const theirs = measured.get(peer)?.[direction];
    if (ours === undefined || theirs === undefined) return { peer, ratio: undefined };
    return { peer, ratio: median(ours.map(({ perSecond }, round) => perSecond / theirs[round]!.perSecond)) };
  });
  return {
    name: `tunnel, ${direction}, bytes/s : HAProxy or Squid`,
    wanted: `≥ ${LIMIT} of one`,
    measured:
      ours === undefined
        ? "not measured"
        : ratios.map(({ peer, ratio }) => `${cut(ratio)} ${peer.name.split(",")[0]}`).join(", "),
    isMet: ratios.some(({ ratio }) => ratio !== undefined && ratio >= LIMIT),
  };
}

async function pass(program: string, server: Server, origin: number, direction: string): Promise<Passage> {
  const words = [server.port, origin, CONNECTIONS, GIB / CONNECTIONS, direction].map(String);
  const [first, ...rest] = pinned(CLIENT_CPU, [program, ...words]);
  const before = server.cpu();
  const { stdout } = await promisify(execFile)(first!, rest);
  return { perSecond: GIB / Number(stdout), cpu: server.cpu() - before };
}

/** Whether what comes out of the tunnel is what the origin put in: the tunneller only counts. */
async function check(port: number, origin: number): Promise<void> {
  const length = 2 ** 20;
  const path = `127.0.0.1:${origin}`;
  const dialled = request({ port, host: "127.0.0.1", method: "CONNECT", path, headers: { Host: path } }).end();
  const [{ statusCode }, socket] = (await once(dialled, "connect")) as [IncomingMessage, Socket];
  socket.setTimeout(10_000, () => socket.destroy(new Error("its tunnel is silent")));
  if (statusCode !== 200) throw new Error(`it answers CONNECT with ${statusCode}`);
  socket.write(`GET /${length} HTTP/1.1\r\nHost: 127.0.0.1:${origin}\r\n\r\n`);
  let text = "";
  for await (const part of socket) {
    text += part.toString("latin1");
    if (text.length - text.indexOf("\r\n\r\n") - 4 >= length) break;
  }
  if (text.slice(text.indexOf("\r\n\r\n") + 4) !== "x".repeat(length))
    throw new Error("what comes through its tunnel is something else");
}
