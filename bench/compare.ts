/** The same requests to everyone, round for round: what they cost, and how many times as good we are. */

import { ask, type Reply } from "./ask.ts";
import { type Figures, interleaved, median } from "./load.ts";
import type { Peer } from "./peer.ts";
import type { Goal, Result } from "./scenario.ts";
import type { Server } from "./server.ts";
import { figure, table } from "./table.ts";

/** Requests a second, and the processor's time for each, both also as a ratio: above 1 is better than that peer. */
const HEADS = (to: string): string[] => [
  "",
  "requests/s",
  "CPU µs/request",
  `requests/s : ${to}`,
  `requests/CPU-s : ${to}`,
];

export interface Comparison {
  /** Whom all are compared with in the table. */
  readonly yardstick: Peer;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  /** What is wrong with an answer, if anything. */
  check(reply: Reply): string | undefined;
  /** From how many times as good one peer is as another. */
  goals(ratios: (one: Peer, to: Peer) => Ratios | undefined): Goal[];
}

/** Everyone is started first, and runs until all have been measured. */
export async function compare(
  peers: readonly Peer[],
  start: (peer: Peer) => Promise<Server>,
  { yardstick, path, check, goals, ...load }: Comparison,
): Promise<Result> {
  const notes: string[] = [];
  const servers: Server[] = [];
  try {
    for (const peer of peers) {
      try {
        const server = await start(peer);
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
    const verdicts = goals((one, to) => ratiosOf(of(one), of(to)));
    return { table: table(HEADS(yardstick.name), rows), goals: verdicts, notes };
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** How many times as good, round for round. */
export interface Ratios {
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

export function atLeast(limit: number, name: string, ratio: number | undefined): Goal {
  return {
    name,
    wanted: `≥ ${limit.toFixed(1)}`,
    measured: cut(ratio),
    isMet: ratio !== undefined && ratio >= limit,
  };
}

/** A ratio as a goal says it. Cut, not rounded: what is missed by a hair should not look met. */
export function cut(ratio: number | undefined): string {
  return ratio === undefined ? "not measured" : (Math.floor(ratio * 100) / 100).toFixed(2);
}
