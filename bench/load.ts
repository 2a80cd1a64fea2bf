/** Load, by wrk on a processor of its own. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CLIENT_CPU, pinned, type Server } from "./server.ts";

export interface Burst {
  readonly requests: number;
  readonly seconds: number;
  /** Of the server, user and system. */
  readonly cpuSeconds: number;
}

/** Asks for one path over so many connections, as fast as answers come. Fails where an answer is not 200. */
export async function burst(server: Server, path: string, connections: number, seconds: number): Promise<Burst> {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", url];
  const [program, ...words] = pinned(CLIENT_CPU, wrk);
  const before = server.cpu();
  const { stdout } = await promisify(execFile)(program!, words);
  const cpuSeconds = server.cpu() - before;
  const [, requests, took, unit] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(stdout) ?? [];
  const wrong = /Non-2xx.*: \d+/.exec(stdout)?.[0] ?? /Socket errors:.*/.exec(stdout)?.[0];
  if (requests === undefined || wrong !== undefined) throw new Error(wrong ?? `wrk said: ${stdout.trim()}`);
  return { requests: Number(requests), seconds: Number(took) * { ms: 0.001, s: 1, m: 60 }[unit as "s"], cpuSeconds };
}

export interface Figures {
  readonly perSecond: number;
  /** Microseconds of processor for a request. */
  readonly cpuMicros: number;
}

/**
 * Everyone once, then everyone again: what disturbs the machine for a while disturbs all alike.
 * So the rounds of one server can be compared with the same rounds of another.
 */
export async function interleaved(
  servers: readonly Server[],
  path: string,
  { connections, seconds, rounds }: { connections: number; seconds: number; rounds: number },
): Promise<Map<Server, Figures[]>> {
  const measured = new Map<Server, Figures[]>(servers.map((server) => [server, []]));
  for (const server of servers) await burst(server, path, connections, 1); // To warm up: compilers, caches.
  for (let round = 0; round < rounds; round++) {
    for (const [server, its] of measured) {
      const { requests, seconds: took, cpuSeconds } = await burst(server, path, connections, seconds);
      its.push({ perSecond: requests / took, cpuMicros: (cpuSeconds / requests) * 1e6 });
    }
  }
  return measured;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
