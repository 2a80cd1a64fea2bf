/** From the command to the first byte of the first answer. */

import { ask } from "../ask.ts";
import { median } from "../load.ts";
import type { Peer } from "../peer.ts";
import { bareHttp } from "../peers/bare.ts";
import { lighttpd } from "../peers/lighttpd.ts";
import { maitred } from "../peers/maitred.ts";
import { nginx } from "../peers/nginx.ts";
import { serve, sirv } from "../peers/npm.ts";
import type { Scenario } from "../scenario.ts";
import { Server } from "../server.ts";
import { type Site, SMALL } from "../site.ts";
import { figure, table } from "../table.ts";

const TIMES = 10;
const LIMIT = 120;

export const launch: Scenario = {
  name: "launch",
  title: "First byte after launch",
  how: `${TIMES} launches each, interleaved, after one that does not count; from the start of the process to the first byte of the answer to a request for the 1 KiB file, asked for again every millisecond until somebody listens.`,
  peers: [maitred, nginx, lighttpd, sirv, serve, bareHttp],
  async measure(peers, site) {
    const times = new Map<Peer, number[]>(peers.map((peer) => [peer, []]));
    const notes: string[] = [];
    for (let round = 0; round <= TIMES; round++) {
      for (const [peer, its] of times) {
        try {
          const time = await firstByte(peer, site);
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
    const ours = times.get(maitred);
    return {
      table: table(["", "median ms", "least", "most"], rows),
      goals: [
        {
          name: "first byte after launch, median",
          wanted: `≤ ${LIMIT} ms`,
          measured: ours === undefined ? "not measured" : `${figure(median(ours), 0)} ms`,
          isMet: ours !== undefined && median(ours) <= LIMIT,
        },
      ],
      notes,
    };
  },
};

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
