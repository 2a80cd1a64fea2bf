/** Requests over connections that stay open: a small file, a large one, a program. */

import type { Reply } from "../ask.ts";
import { atLeast, compare } from "../compare.ts";
import { bareHttp, bareNet } from "../peers/bare.ts";
import { lighttpd } from "../peers/lighttpd.ts";
import { maitred } from "../peers/maitred.ts";
import { nginx, nginxCopying } from "../peers/nginx.ts";
import { serve, sirv } from "../peers/npm.ts";
import { type Scenario, shortened } from "../scenario.ts";
import { Server } from "../server.ts";
import { LARGE, PROGRAM, SMALL } from "../site.ts";

const TWO_SECONDS = { seconds: 2, rounds: 7 };

export const small: Scenario = {
  name: "static",
  title: "1 KiB file, 64 connections kept alive",
  how: "wrk, 64 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. `node:net` writes fixed bytes without reading the request, `node:http` answers from memory: they are the floor and the ceiling of Node, and serve no files.",
  peers: [maitred, nginx, nginxCopying, lighttpd, sirv, serve, bareNet, bareHttp],
  measure: (peers, site, isQuick) =>
    compare(peers, (peer) => Server.start(peer, site), {
      yardstick: nginx,
      path: SMALL.path,
      connections: 64,
      ...shortened(TWO_SECONDS, isQuick),
      check: isSmall,
      goals: (ratios) => [
        atLeast(1, "requests per CPU second : nginx", ratios(maitred, nginx)?.perCpu),
        atLeast(3, "requests/s : sirv", ratios(maitred, sirv)?.perSecond),
      ],
    }),
};

export const large: Scenario = {
  name: "large",
  title: "5 MiB file, 8 connections kept alive",
  how: "wrk, 8 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. A request is 5 MiB, so that 200 requests/s are 1 GiB/s.",
  peers: [maitred, nginx, nginxCopying, lighttpd, sirv, serve],
  measure: (peers, site, isQuick) =>
    compare(peers, (peer) => Server.start(peer, site), {
      yardstick: nginx,
      path: LARGE.path,
      connections: 8,
      ...shortened(TWO_SECONDS, isQuick),
      check: isLarge,
      goals: (ratios) => [atLeast(0.9, "bytes/s : nginx", ratios(maitred, nginx)?.perSecond)],
    }),
};

export const program: Scenario = {
  name: "cgi",
  title: "CGI program in C, 8 connections kept alive",
  how: "wrk, 8 connections, 7 rounds of 2 s, interleaved; medians of the rounds and of their ratios. The processor's time is the server's and the programs', all on one processor.",
  peers: [maitred, lighttpd],
  async measure(peers, site, isQuick) {
    if (!site.hasAdder)
      return { table: "", goals: [], notes: ["Not measured: there is no gcc to compile the program with"] };
    return compare(peers, (peer) => Server.start(peer, site), {
      yardstick: lighttpd,
      path: PROGRAM.path,
      connections: 8,
      ...shortened(TWO_SECONDS, isQuick),
      check: isSum,
      goals: (ratios) => [atLeast(0.8, "requests/s : lighttpd", ratios(maitred, lighttpd)?.perSecond)],
    });
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
