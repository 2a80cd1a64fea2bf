/** Many who ask at once for what is not there yet: one request to the origin is enough. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { compiled, Origin } from "../origin.ts";
import { haproxyCache } from "../peers/haproxy-cache.ts";
import { maitredCache } from "../peers/maitred.ts";
import { nginxCache } from "../peers/nginx-cache.ts";
import { squidCache } from "../peers/squid-cache.ts";
import { varnish } from "../peers/varnish.ts";
import type { Goal, Scenario } from "../scenario.ts";
import { CLIENT_CPU, pinned, Server } from "../server.ts";
import { figure, table } from "../table.ts";

const CONNECTIONS = 10_000;
const LENGTH = 1024;
const PATH = `/late/${LENGTH}`;

export const misses: Scenario = {
  name: "misses",
  title: `${figure(CONNECTIONS)} simultaneous misses`,
  how: "Each connection is opened first, then all of them ask for the same KiB (bench/crowd.c), which the origin sends two seconds after it is asked. How often the origin was asked, how many of the answers were right, and how long after the first request the last of them was there.",
  peers: [maitredCache, nginxCache, varnish, squidCache, haproxyCache],
  async measure(peers, site) {
    const crowd = compiled("crowd", site);
    if (crowd === undefined) return { table: "", goals: [], notes: ["Not measured: there is no gcc"] };
    const notes: string[] = [];
    const rows: string[][] = [];
    let ours: { asked: number; right: number } | undefined;
    for (const peer of peers) {
      const origin = await Origin.start(site);
      let server: Server | undefined;
      try {
        server = await Server.start(peer, site, origin.port);
        const [first, ...rest] = pinned(CLIENT_CPU, [crowd, ...[server.port, PATH, CONNECTIONS, LENGTH].map(String)]);
        const { stdout } = await promisify(execFile)(first!, rest);
        const [right, seconds] = stdout.split(" ").map(Number) as [number, number];
        const { requests: asked } = await origin.tally();
        rows.push([peer.name, figure(asked, 0), figure(right, 0), figure(seconds), figure(server.cpu(), 2)]);
        if (peer === maitredCache) ours = { asked, right };
      } catch (error) {
        notes.push(`${peer.name} could not be measured: ${(error as Error).message.trim()}`);
      } finally {
        await server?.stop();
        await origin.stop();
      }
    }
    const goal: Goal = {
      name: `requests to the origin, ${figure(CONNECTIONS, 0)} simultaneous misses`,
      wanted: "1",
      measured:
        ours === undefined
          ? "not measured"
          : `${figure(ours.asked, 0)}${ours.right < CONNECTIONS ? `, ${figure(ours.right, 0)} answers right` : ""}`,
      isMet: ours !== undefined && ours.asked === 1 && ours.right === CONNECTIONS,
    };
    return { table: table(["", "asked", "right", "seconds", "CPU s"], rows), goals: [goal], notes };
  },
};
