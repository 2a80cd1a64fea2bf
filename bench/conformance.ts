/**
 * How much of HTTP caching each cache keeps, seen from outside: `npm run conformance`, or of one peer alone:
 * `npm run conformance -- --only nginx`. Each stands as a reverse proxy, first before the server of http-cache-tests,
 * then before an origin for probes of our own. Lists what maitred fails at, or whoever is named.
 */

import { parseArgs } from "node:util";
import { amended, amendments } from "./conformance/amended.ts";
import { fields } from "./conformance/cases/fields.ts";
import { interim } from "./conformance/cases/interim.ts";
import { parts } from "./conformance/cases/parts.ts";
import { stale } from "./conformance/cases/stale.ts";
import { storing } from "./conformance/cases/storing.ts";
import { targeted } from "./conformance/cases/targeted.ts";
import { type Finding, type Kind, score } from "./conformance/finding.ts";
import { Lines } from "./conformance/lines.ts";
import { play } from "./conformance/play.ts";
import { runSuite, suiteVersion, TestServer } from "./conformance/suite.ts";
import type { Peer } from "./peer.ts";
import { haproxyCache } from "./peers/haproxy-cache.ts";
import { httpdCache } from "./peers/httpd-cache.ts";
import { maitredCache } from "./peers/maitred.ts";
import { nginxCache } from "./peers/nginx-cache.ts";
import { squidCache } from "./peers/squid-cache.ts";
import { trafficServer } from "./peers/traffic-server.ts";
import { varnish } from "./peers/varnish.ts";
import { Server } from "./server.ts";
import { makeSite } from "./site.ts";
import { table } from "./table.ts";

const PEERS: readonly Peer[] = [maitredCache, nginxCache, varnish, squidCache, haproxyCache, httpdCache, trafficServer];
const CASES = [...fields, ...targeted, ...interim, ...stale, ...storing, ...parts];

const names = PEERS.map(({ name }) => name);
const { only } = parseArgs({ options: { only: { type: "string", multiple: true } } }).values;
const unknown = only?.find((name) => !names.includes(name));
if (unknown !== undefined) fail(`Cannot probe "${unknown}": there are ${names.join(", ")}`);
const version = suiteVersion();
if (version === undefined) fail("Cannot probe: http-cache-tests could not be installed (npm and a network, once)");

const site = makeSite();
const suite = await TestServer.start();
const lines = new Lines();
const linesPort = await lines.listen();
const rows: string[][] = [];
const complaints: string[] = [];
try {
  console.log(`http-cache-tests ${version}, and ${CASES.length} probes of our own.\n`);
  for (const peer of PEERS.filter(({ name }) => only?.includes(name) ?? true)) {
    if (peer.version() === undefined) {
      console.log(`${peer.name} is not there: it wants ${peer.wants}`);
      continue;
    }
    console.log(`${peer.name} ${peer.version()} …`);
    try {
      const raw = await before(peer, suite.port, runSuite);
      const own = await before(peer, linesPort, (port) => play(CASES, lines, port));
      const kept = amended(raw);
      rows.push([peer.name, ...[raw, kept, own].flatMap((its) => [of(its, "required"), of(its, "optimal")])]);
      if (only !== undefined || peer === maitredCache) complaints.push(`${peer.name}\n${faults([...kept, ...own])}`);
    } catch (error) {
      console.log(`${peer.name} could not be probed: ${(error as Error).message.trim()}`);
    }
  }
} finally {
  await suite.stop();
  lines.close();
  site.remove();
}

const HEADS = ["", "required", "optimal", "required, amended", "optimal, amended", "own required", "own optimal"];
console.log(`\n${table(HEADS, rows)}\n`);
console.log("Amended: without what RFC 9111 does not ask for, that is:");
for (const line of amendments()) console.log(`- ${line}`);
for (const complaint of complaints) console.log(`\n${complaint}`);

/** Started anew, with nothing stored. */
async function before<Result>(peer: Peer, origin: number, probe: (port: number) => Promise<Result>): Promise<Result> {
  const server = await Server.start(peer, site, origin);
  try {
    return await probe(server.port);
  } finally {
    await server.stop();
  }
}

function of(findings: readonly Finding[], kind: Kind): string {
  const { passed, of } = score(findings, kind);
  return `${passed} of ${of}`;
}

/** What does not pass, the worse first; what is only asked has no right answer. */
function faults(findings: readonly Finding[]): string {
  const lines = (["required", "optimal"] as const).flatMap((kind) =>
    findings
      .filter((finding) => finding.kind === kind && finding.wrong !== undefined)
      .map(({ id, name, wrong }) => `✖ ${kind}: ${id}: ${wrong}\n    ${name}`),
  );
  return lines.length === 0 ? "✔ all" : lines.join("\n");
}

function fail(line: string): never {
  console.error(line);
  process.exit(2);
}
