/** The origin behind the proxies: origin.c, compiled when it is first wanted, beside the load and not beside the proxy. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./ask.ts";
import { CLIENT_CPU, pinned } from "./server.ts";
import type { Site } from "./site.ts";

/** The program of a C file in this folder, or undefined where there is no gcc. */
export function compiled(name: string, { scratch }: Site): string | undefined {
  const program = join(scratch, name);
  if (!existsSync(program)) spawnSync("gcc", ["-O2", "-o", program, join(import.meta.dirname, `${name}.c`)]);
  return existsSync(program) ? program : undefined;
}

export class Origin {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(site: Site): Promise<Origin> {
    const program = compiled("origin", site);
    if (program === undefined) throw new Error("there is no gcc to compile the origin with");
    const [first, ...words] = pinned(CLIENT_CPU, [program]);
    const child = spawn(first!, words, { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(child.stdout!, "data");
    return new Origin(Number(said), child);
  }

  /** How many connections it has accepted, less the one that asks, and how many requests have come on them. */
  async tally(): Promise<{ connections: number; requests: number }> {
    const { body } = await ask(this.port, "/tally");
    const [connections, requests] = String(body).split(" ").map(Number) as [number, number];
    return { connections: connections - 1, requests: requests - 1 };
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill();
    await exit;
  }
}
