/** Requests that a reverse proxy passes on, with everything kept alive on both sides. */

import type { Reply } from "../ask.ts";
import { atLeast, compare } from "../compare.ts";
import { Origin } from "../origin.ts";
import type { Peer } from "../peer.ts";
import { bareRelay } from "../peers/bare.ts";
import { haproxy } from "../peers/haproxy.ts";
import { maitredProxy } from "../peers/maitred.ts";
import { nginxProxy } from "../peers/nginx-proxy.ts";
import { httpProxy, httpProxy3 } from "../peers/npm-proxies.ts";
import { type Scenario, shortened } from "../scenario.ts";
import { Server } from "../server.ts";
import { figure } from "../table.ts";

const LENGTH = 1024;
const CONNECTIONS = 64;

export const proxied: Scenario = {
  name: "proxied",
  title: "Proxied, not cached, 1 KiB, 64 connections kept alive",
  how: "wrk, 64 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. Each proxy has one processor, and an origin of its own (bench/origin.c), which shares the other with wrk; only the proxy's time counts. `node:net` relays bytes without reading them: it is the floor of Node, and no proxy.",
  peers: [maitredProxy, nginxProxy, haproxy, httpProxy, httpProxy3, bareRelay],
  async measure(peers, site, isQuick) {
    const load = shortened({ seconds: 2, rounds: 7 }, isQuick);
    const origins = new Map<Peer, Origin>();
    try {
      for (const peer of peers) origins.set(peer, await Origin.start(site));
      const result = await compare(peers, (peer) => Server.start(peer, site, origins.get(peer)!.port), {
        yardstick: nginxProxy,
        path: `/${LENGTH}`,
        connections: CONNECTIONS,
        ...load,
        check,
        goals: (ratios) => [
          atLeast(0.8, "proxied requests per CPU second : nginx", ratios(maitredProxy, nginxProxy)?.perCpu),
          atLeast(2, "proxied requests per CPU second : http-proxy", ratios(maitredProxy, httpProxy)?.perCpu),
        ],
      });
      const notes = await Promise.all([...origins].map(([peer, origin]) => keptAlive(peer, origin, load.rounds + 1)));
      return { ...result, notes: [...result.notes, ...notes.filter((note) => note !== undefined)] };
    } finally {
      for (const origin of origins.values()) await origin.stop();
    }
  },
};

const check = ({ status, body }: Reply): string | undefined =>
  status !== 200 || !body.equals(Buffer.alloc(LENGTH, "x")) ? `status ${status}, ${body.length} bytes` : undefined;

/** Whoever opens connections to the origin while the client opens none does other work than the rest. */
async function keptAlive({ name }: Peer, origin: Origin, bursts: number): Promise<string | undefined> {
  const { connections, requests } = await origin.tally();
  if (requests === 0) return undefined;
  const each = `${figure(requests, 0)} requests over ${figure(connections, 0)} connections to the origin`;
  // A client that goes may take a connection with it. wrk opens one more, to see that somebody is there, and so did we,
  // and one for the first answer.
  return connections > (CONNECTIONS + 1) * bursts + 2
    ? `${name} does not keep them alive: ${each}`
    : `${name}: ${each}`;
}
