/** A peer that runs: started on a processor of its own, asked what it cost, stopped. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import type { Peer } from "./peer.ts";
import type { Site } from "./site.ts";

/** The server gets one processor, everyone who asks another; with one alone there is nothing to divide. */
export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;
export const canPin = process.platform === "linux" && availableParallelism() > 1;

export const pinned = (cpu: number, command: readonly string[]): readonly string[] =>
  canPin ? ["taskset", "-c", String(cpu), ...command] : command;

/** USER_HZ: in what /proc counts processor time on Linux, whatever the kernel's own tick is. */
const TICKS_A_SECOND = 100;

export class Server {
  readonly peer: Peer;
  readonly port: number;
  readonly #child: ChildProcess;
  #said = "";

  private constructor(peer: Peer, port: number, child: ChildProcess) {
    this.peer = peer;
    this.port = port;
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) output?.on("data", (data) => (this.#said += data));
  }

  /** Does not wait until it answers. Whoever is no proxy needs no origin. */
  static async launch(peer: Peer, site: Site, origin = 0): Promise<Server> {
    const port = await freePort();
    const [program, ...words] = pinned(SERVER_CPU, peer.command(site, port, origin));
    const child = spawn(program!, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_ENV: "production", NO_UPDATE_CHECK: "1" },
    });
    child.on("error", () => {});
    return new Server(peer, port, child);
  }

  /** Waits until it takes connections; fails with what it said where it does not within ten seconds. */
  static async start(peer: Peer, site: Site, origin = 0): Promise<Server> {
    const server = await Server.launch(peer, site, origin);
    const giveUp = performance.now() + 10_000;
    while (!(await server.listens())) {
      if (server.hasEnded || performance.now() > giveUp) {
        await server.stop();
        throw new Error(server.complaint);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return server;
  }

  /** Why nobody answers: the last that it said, if it said anything. */
  get complaint(): string {
    return this.#said.trim().split("\n").at(-1) || `no answer on port ${this.port}`;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  /** Whether it takes a connection, over IPv4. */
  listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1");
      socket.on("connect", () => socket.destroy());
      socket.on("error", () => {});
      socket.on("close", (hadError) => resolve(!hadError));
    });
  }

  /** Seconds of processor, user and system, of all its processes and of those that have come and gone. */
  cpu(): number {
    const ticks = this.#processes().map(({ stat }) => [11, 12, 13, 14].reduce((sum, i) => sum + Number(stat[i]), 0));
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS_A_SECOND;
  }

  /** Bytes of memory that its processes have in use. */
  memory(): number {
    return this.#sum(/^VmRSS:\s+(\d+) kB/m);
  }

  /** Bytes of memory that its processes had in use when each of them had most. */
  peakMemory(): number {
    return this.#sum(/^VmHWM:\s+(\d+) kB/m);
  }

  #sum(line: RegExp): number {
    return this.#processes()
      .map(({ pid }) => Number(line.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024)
      .reduce((sum, one) => sum + one, 0);
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await exit;
    clearTimeout(impatience);
  }

  /** Ours and its descendants, each with the fields of its line in /proc that follow its name. */
  #processes(): { pid: number; stat: string[] }[] {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const line = readFileSync(`/proc/${pid}/stat`, "utf8");
          return [{ pid: Number(pid), stat: line.slice(line.lastIndexOf(")") + 2).split(" ") }];
        } catch {
          return []; // It ended while we looked.
        }
      });
    const family = new Set([this.#child.pid!]);
    for (let size = 0; size !== family.size; ) {
      size = family.size;
      for (const { pid, stat } of all) if (family.has(Number(stat[1]))) family.add(pid);
    }
    return all.filter(({ pid }) => family.has(pid));
  }
}

/** A port that was free a moment ago, which is as much as one can know. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
