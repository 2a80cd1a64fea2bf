/** What a cache answers from its store: a small object, a larger one, a large one. */

import { ask, type Reply } from "../ask.ts";
import { atLeast, type Comparison, compare } from "../compare.ts";
import { Origin } from "../origin.ts";
import type { Peer } from "../peer.ts";
import { haproxyCache } from "../peers/haproxy-cache.ts";
import { maitredCache } from "../peers/maitred.ts";
import { nginxCache, nginxCacheCopying } from "../peers/nginx-cache.ts";
import { squidCache } from "../peers/squid-cache.ts";
import { varnish } from "../peers/varnish.ts";
import { type Scenario, shortened } from "../scenario.ts";
import { Server } from "../server.ts";
import { figure } from "../table.ts";

const PEERS = [maitredCache, nginxCache, nginxCacheCopying, varnish, squidCache, haproxyCache];

const HOW =
  "Each cache has one processor, 256 MiB, and an origin of its own (bench/origin.c), which is asked once; nginx keeps files in memory (tmpfs), the others their own memory.";

export const hit: Scenario = hits(
  {
    name: "hit",
    title: "Cached, 1 KiB, 64 connections kept alive",
    how: `wrk, 64 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. ${HOW}`,
  },
  { length: 1024, connections: 64 },
  (ratios) => [
    atLeast(1, "cached hits per CPU second : nginx", ratios(maitredCache, nginxCache)?.perCpu),
    atLeast(1.4, "cached hits per CPU second : Varnish", ratios(maitredCache, varnish)?.perCpu),
    atLeast(1.7, "cached hits per CPU second : Squid", ratios(maitredCache, squidCache)?.perCpu),
  ],
);

export const hit100k: Scenario = hits(
  {
    name: "hit-100k",
    title: "Cached, 100 KiB, 32 connections kept alive",
    how: `wrk, 32 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. A request is 100 KiB, so that 10,486 requests/s are 1 GiB/s. ${HOW}`,
  },
  { length: 100 * 1024, connections: 32 },
  (ratios) => [atLeast(0.9, "cached hits of 100 KiB, bytes/s : nginx", ratios(maitredCache, nginxCache)?.perSecond)],
);

export const hit5m: Scenario = hits(
  {
    name: "hit-5m",
    title: "Cached, 5 MiB, 8 connections kept alive",
    how: `wrk, 8 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. A request is 5 MiB, so that 200 requests/s are 1 GiB/s. ${HOW}`,
  },
  { length: 5 * 2 ** 20, connections: 8 },
  (ratios) => [atLeast(0.9, "cached hits of 5 MiB, bytes/s : nginx", ratios(maitredCache, nginxCache)?.perSecond)],
);

function hits(
  called: Pick<Scenario, "name" | "title" | "how">,
  { length, connections }: { length: number; connections: number },
  goals: Comparison["goals"],
): Scenario {
  const path = `/fresh/${length}`;
  return {
    ...called,
    peers: PEERS,
    async measure(peers, site, isQuick) {
      const origins = new Map<Peer, Origin>();
      const sayings: string[] = [];
      const start = async (peer: Peer): Promise<Server> => {
        const origin = await Origin.start(site);
        origins.set(peer, origin);
        const server = await Server.start(peer, site, origin.port);
        await ask(server.port, path);
        sayings.push(`${peer.name} ${differs(await ask(server.port, path), await ask(origin.port, path))}`);
        return server;
      };
      try {
        const result = await compare(peers, start, {
          yardstick: nginxCache,
          path,
          connections,
          ...shortened({ seconds: 2, rounds: 7 }, isQuick),
          check: ({ status, body }) =>
            status !== 200 || !body.equals(Buffer.alloc(length, "x"))
              ? `status ${status}, ${body.length} bytes`
              : undefined,
          goals,
        });
        const misses = await Promise.all([...origins].map(([peer, origin]) => missed(peer, origin)));
        return {
          ...result,
          notes: [...result.notes, `${sayings.join("; ")}.`, ...misses.filter((note) => note !== undefined)],
        };
      } finally {
        for (const origin of origins.values()) await origin.stop();
      }
    },
  };
}

/** What its answer from the store says besides what the origin said: who says less works less. */
function differs(stored: Reply, said: Reply): string {
  const added = [...stored.fields].filter(([name]) => !said.fields.has(name));
  const lacking = [...said.fields.keys()].filter((name) => !stored.fields.has(name));
  return [
    `adds ${added.map(([name, value]) => `${name}: ${value}`).join(", ") || "nothing"}`,
    ...(lacking.length > 0 ? [`lacks ${lacking.join(", ")}`] : []),
  ].join(", ");
}

/** The origin is asked once by the cache, and once by us. */
async function missed({ name }: Peer, origin: Origin): Promise<string | undefined> {
  const { requests } = await origin.tally();
  return requests > 2 ? `${name} asked its origin ${figure(requests - 1, 0)} times: these are not all hits` : undefined;
}
