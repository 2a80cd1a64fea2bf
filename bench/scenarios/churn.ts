/** How long a hit takes while the store is full, and something else must go for everything that comes. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ask } from "../ask.ts";
import { MEMORY } from "../cache-size.ts";
import { compiled, Origin } from "../origin.ts";
import { maitredCache } from "../peers/maitred.ts";
import { nginxCache } from "../peers/nginx-cache.ts";
import { varnish } from "../peers/varnish.ts";
import type { Scenario } from "../scenario.ts";
import { CLIENT_CPU, pinned, Server } from "../server.ts";
import { figure, table } from "../table.ts";

const HOT = { path: "/fresh/1024/hot", rate: 1000 };
/** 85 KiB each on average, so that three seconds of the fill, and six of the churn, are as much as the cache may keep. */
const FILL = { label: "fill", rate: 1000, seconds: 5 };
const CHURN = { label: "churn", rate: 500 };
const NEW_BYTES = ((4 + 16 + 64 + 256) / 4) * 1024;

export const churn: Scenario = {
  name: "churn",
  title: "Hits of 1 KiB while the store churns at its budget",
  how: `One object is asked for ${HOT.rate} times a second (bench/steady.c): first alone, then, when ${figure((FILL.rate * FILL.seconds * NEW_BYTES) / 2 ** 20, 0)} MiB have gone through a cache of ${MEMORY.mib} MiB, beside ${CHURN.rate} new objects a second of 4 to 256 KiB, each asked for once. Milliseconds from when a request was due, the client's own waiting for a processor included, which it shares with the origin. Memory is what the processes have resident; nginx's files are not in it, nor is Varnish's log.`,
  peers: [maitredCache, nginxCache, varnish],
  async measure(peers, site, isQuick) {
    const steady = compiled("steady", site);
    if (steady === undefined) return { table: "", goals: [], notes: ["Not measured: there is no gcc"] };
    const seconds = isQuick ? 3 : 15;
    const notes: string[] = [];
    const rows: string[][] = [];
    for (const peer of peers) {
      const origin = await Origin.start(site);
      let server: Server | undefined;
      try {
        server = await Server.start(peer, site, origin.port);
        await ask(server.port, HOT.path);
        const alone = await run(steady, server.port, { seconds, hot: HOT.rate, label: "none", rate: 0 });
        await run(steady, server.port, { ...FILL, hot: 10 });
        const before = (await origin.tally()).requests;
        const busy = await run(steady, server.port, { seconds, hot: HOT.rate, ...CHURN });
        // Our own question is one.
        const again = (await origin.tally()).requests - before - 1 - busy.fresh;
        const mib = figure(server.peakMemory() / 2 ** 20, 1);
        rows.push([peer.name, ...[alone, busy].flatMap(({ median, p99, max }) => [median, p99, max].map(ms)), mib]);
        if (again > 0)
          notes.push(`${peer.name} let go of the hot object, and asked for it again: ${figure(again, 0)} times`);
      } catch (error) {
        notes.push(`${peer.name} could not be measured: ${(error as Error).message.trim()}`);
      } finally {
        await server?.stop();
        await origin.stop();
      }
    }
    const heads = ["", "median alone", "99 %", "most", "median churning", "99 %", "most", "MiB at most"];
    return { table: table(heads, rows), goals: [], notes };
  },
};

interface Waits {
  /** In microseconds. */
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** How many new objects were asked for. */
  readonly fresh: number;
}

async function run(
  program: string,
  port: number,
  { seconds, hot, label, rate }: { seconds: number; hot: number; label: string; rate: number },
): Promise<Waits> {
  const words = [port, seconds, HOT.path, hot, `/fresh/%ld/${label}-%ld`, rate].map(String);
  const [first, ...rest] = pinned(CLIENT_CPU, [program, ...words]);
  const { stdout } = await promisify(execFile)(first!, rest);
  const [, median, p99, max, fresh] = stdout.split(" ").map(Number) as [number, number, number, number, number];
  return { median, p99, max, fresh };
}

const ms = (micros: number): string => figure(micros / 1000, 2);
