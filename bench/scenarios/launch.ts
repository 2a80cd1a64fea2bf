/** From the command to the first byte of the first answer; of the textbook's proxy, to the first connection. */

import { ask } from "../ask.ts";
import { median } from "../load.ts";
import type { Peer } from "../peer.ts";
import { bareHttp, bareRelay } from "../peers/bare.ts";
import { lighttpd } from "../peers/lighttpd.ts";
import { maitred, maitredTextbook } from "../peers/maitred.ts";
import { nginx } from "../peers/nginx.ts";
import { serve, sirv } from "../peers/npm.ts";
import { type Goal, type Result, type Scenario, shortened } from "../scenario.ts";
import { Server } from "../server.ts";
import { type Site, SMALL } from "../site.ts";
import { figure, table } from "../table.ts";

const TIMES = 10;
const LIMIT = 120;
const TEXTBOOK_LIMIT = 150;

export const launch: Scenario = {
  name: "launch",
  title: "First byte after launch",
  how: `${TIMES} launches each, interleaved, after one that does not count; from the start of the process to the first byte of the answer to a request for the 1 KiB file, asked for again every millisecond until somebody listens.`,
  peers: [maitred, nginx, lighttpd, sirv, serve, bareHttp],
  measure: (peers, site, isQuick) =>
    launches(peers, (peer) => firstByte(peer, site), isQuick, maitred, "first byte after launch, median", LIMIT),
};

export const textbook: Scenario = {
  name: "textbook",
  title: "First connection after launch, of the textbook's proxy",
  how: `${TIMES} launches each, interleaved, after one that does not count; \`maitred proxy --profile csapp\` of the built package with an empty environment, from the start of the process to the first IPv4 connection that succeeds, tried every millisecond. \`node:net\` is the floor of Node.`,
  peers: [maitredTextbook, bareRelay],
  measure: (peers, site, isQuick) =>
    launches(
      peers,
      (peer) => firstConnection(peer, site),
      isQuick,
      maitredTextbook,
      "textbook's proxy, first connection after launch, median",
      TEXTBOOK_LIMIT,
    ),
};

async function launches(
  peers: readonly Peer[],
  once: (peer: Peer) => Promise<number>,
  isQuick: boolean,
  us: Peer,
  name: string,
  limit: number,
): Promise<Result> {
  const times = new Map<Peer, number[]>(peers.map((peer) => [peer, []]));
  const notes: string[] = [];
  const { rounds } = shortened({ rounds: TIMES }, isQuick);
  for (let round = 0; round <= rounds; round++) {
    for (const [peer, its] of times) {
      try {
        const time = await once(peer);
        if (round > 0) its.push(time);
      } catch (error) {
        notes.push(`${peer.name} could not be started: ${(error as Error).message}`);
        times.delete(peer);
      }
    }
  }
  const rows = [...times].map(([{ name }, its]) => [
    name,
    ...[median(its), Math.min(...its), Math.max(...its)].map((ms) => figure(ms, 0)),
  ]);
  const ours = times.get(us);
  const goal: Goal = {
    name,
    wanted: `≤ ${limit} ms`,
    measured: ours === undefined ? "not measured" : `${figure(median(ours), 0)} ms`,
    isMet: ours !== undefined && median(ours) <= limit,
  };
  return { table: table(["", "median ms", "least", "most"], rows), goals: [goal], notes };
}

async function firstByte(peer: Peer, site: Site): Promise<number> {
  const started = performance.now();
  const server = await Server.launch(peer, site);
  try {
    for (;;) {
      try {
        const asked = performance.now();
        const { status, firstByte } = await ask(server.port, SMALL.path);
        if (status !== 200) throw new Error(`status ${status}`);
        return asked - started + firstByte;
      } catch (error) {
        // sirv opens its port, to see whether it is free, closes it, and opens it again.
        const nobodyYet = ["ECONNREFUSED", "ECONNRESET"].includes(String((error as NodeJS.ErrnoException).code));
        if (!nobodyYet || server.hasEnded || performance.now() - started > 10_000) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
  } finally {
    await server.stop();
  }
}

async function firstConnection(peer: Peer, site: Site): Promise<number> {
  const started = performance.now();
  const server = await Server.launch(peer, site);
  try {
    while (!(await server.listens())) {
      if (server.hasEnded || performance.now() - started > 10_000) throw new Error(server.complaint);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return performance.now() - started;
  } finally {
    await server.stop();
  }
}
