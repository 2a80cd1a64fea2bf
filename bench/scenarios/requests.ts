/** Requests over connections that stay open: a small file, a large one, a program. */

import { ask, type Reply } from "../ask.ts";
import { type Figures, interleaved, median } from "../load.ts";
import type { Peer } from "../peer.ts";
import { bareHttp, bareNet } from "../peers/bare.ts";
import { lighttpd } from "../peers/lighttpd.ts";
import { maitred } from "../peers/maitred.ts";
import { nginx, nginxCopying } from "../peers/nginx.ts";
import { serve, sirv } from "../peers/npm.ts";
import type { Goal, Result, Scenario } from "../scenario.ts";
import { Server } from "../server.ts";
import { LARGE, PROGRAM, type Site, SMALL } from "../site.ts";
import { figure, table } from "../table.ts";

/** Requests a second, and the processor's time for each, both also as a ratio: above 1 is better than that peer. */
const HEADS = (to: string): string[] => [
  "",
  "requests/s",
  "CPU µs/request",
  `requests/s : ${to}`,
  `requests/CPU-s : ${to}`,
];

export const small: Scenario = {
  name: "static",
  title: "1 KiB file, 64 connections kept alive",
  how: "wrk, 64 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. `node:net` writes fixed bytes without reading the request, `node:http` answers from memory: they are the floor and the ceiling of Node, and serve no files.",
  peers: [maitred, nginx, nginxCopying, lighttpd, sirv, serve, bareNet, bareHttp],
  measure: (peers, site) =>
    compare(peers, site, nginx, SMALL.path, { connections: 64, seconds: 2, rounds: 7 }, isSmall, (to) => [
      atLeast(1, "requests per CPU second : nginx", to(nginx)?.perCpu),
      atLeast(3, "requests/s : sirv", to(sirv)?.perSecond),
    ]),
};

export const large: Scenario = {
  name: "large",
  title: "5 MiB file, 8 connections kept alive",
  how: "wrk, 8 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. A request is 5 MiB, so that 200 requests/s are 1 GiB/s.",
  peers: [maitred, nginx, nginxCopying, lighttpd, sirv, serve],
  measure: (peers, site) =>
    compare(peers, site, nginx, LARGE.path, { connections: 8, seconds: 2, rounds: 7 }, isLarge, (to) => [
      atLeast(0.9, "bytes/s : nginx", to(nginx)?.perSecond),
    ]),
};

export const program: Scenario = {
  name: "cgi",
  title: "CGI program in C, 8 connections kept alive",
  how: "wrk, 8 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. The processor's time is the server's and the programs', all on one processor.",
  peers: [maitred, lighttpd],
  async measure(peers, site) {
    if (!site.hasAdder)
      return { table: "", goals: [], notes: ["Not measured: there is no gcc to compile the program with"] };
    return compare(peers, site, lighttpd, PROGRAM.path, { connections: 8, seconds: 2, rounds: 7 }, isSum, (to) => [
      atLeast(0.8, "requests/s : lighttpd", to(lighttpd)?.perSecond),
    ]);
  },
};

const isSmall = ({ status, fields, body }: Reply): string | undefined =>
  status !== 200 || body.length !== SMALL.length ? `status ${status}, ${body.length} bytes` : missing(fields);
const isLarge = ({ status, fields, body }: Reply): string | undefined =>
  status !== 200 || body.length !== LARGE.length ? `status ${status}, ${body.length} bytes` : missing(fields);
const isSum = ({ status, body }: Reply): string | undefined =>
  status !== 200 || !body.includes(PROGRAM.says) ? `status ${status}, "${body}"` : undefined;

/** Who says less works less. */
function missing(fields: ReadonlyMap<string, string>): string | undefined {
  const lacking = ["content-type", "last-modified", "etag", "date"].filter((name) => !fields.has(name));
  return lacking.length === 0 ? undefined : `its answer has no ${lacking.join(", no ")}`;
}

async function compare(
  peers: readonly Peer[],
  site: Site,
  yardstick: Peer,
  path: string,
  load: { connections: number; seconds: number; rounds: number },
  check: (reply: Reply) => string | undefined,
  goals: (to: (peer: Peer) => Ratios | undefined) => Goal[],
): Promise<Result> {
  const notes: string[] = [];
  const servers: Server[] = [];
  try {
    for (const peer of peers) {
      try {
        const server = await Server.start(peer, site);
        servers.push(server);
        const wrong = check(await ask(server.port, path));
        if (wrong !== undefined) notes.push(`${peer.name}: ${wrong}`);
      } catch (error) {
        notes.push(`${peer.name} could not be started: ${(error as Error).message}`);
      }
    }
    const measured = await interleaved(servers, path, load);
    const of = (peer: Peer): Figures[] | undefined => [...measured].find(([server]) => server.peer === peer)?.[1];
    const rows = [...measured].map(([{ peer }, its]) => {
      const ratios = ratiosOf(its, of(yardstick));
      return [
        peer.name,
        figure(median(its.map(({ perSecond }) => perSecond))),
        figure(median(its.map(({ cpuMicros }) => cpuMicros))),
        ratios === undefined ? "–" : figure(ratios.perSecond, 2),
        ratios === undefined ? "–" : figure(ratios.perCpu, 2),
      ];
    });
    const verdicts = goals((peer) => ratiosOf(of(maitred), of(peer)));
    return { table: table(HEADS(yardstick.name), rows), goals: verdicts, notes };
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** How many times as good, round for round. */
interface Ratios {
  readonly perSecond: number;
  readonly perCpu: number;
}

function ratiosOf(ours: readonly Figures[] | undefined, theirs: readonly Figures[] | undefined): Ratios | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  return {
    perSecond: median(ours.map(({ perSecond }, round) => perSecond / theirs[round]!.perSecond)),
    perCpu: median(ours.map(({ cpuMicros }, round) => theirs[round]!.cpuMicros / cpuMicros)),
  };
}

function atLeast(limit: number, name: string, ratio: number | undefined): Goal {
  return {
    name,
    wanted: `≥ ${limit.toFixed(1)}`,
    // Cut, not rounded: what is missed by a hair should not look met.
    measured: ratio === undefined ? "not measured" : (Math.floor(ratio * 100) / 100).toFixed(2),
    isMet: ratio !== undefined && ratio >= limit,
  };
}
