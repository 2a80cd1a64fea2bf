/** A measurement in a process of its own, on the server's processor: it prints one line of JSON. */

import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pinned, SERVER_CPU } from "../server.ts";

/** `file` stands beside this one. */
export async function inChild<T>(file: string, ...words: readonly (string | number)[]): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [program, ...rest] = pinned(SERVER_CPU, [process.execPath, "--expose-gc", path, ...words.map(String)]);
  const { stdout } = await promisify(execFile)(program!, rest, { timeout: 120_000 });
  return JSON.parse(stdout);
}

/** The same in a network namespace, as root. */
export async function inNamespace<T>(file: string, ...words: readonly (string | number)[]): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [program, ...rest] = pinned(SERVER_CPU, ["unshare", "--net", process.execPath, path, ...words.map(String)]);
  const { stdout } = await promisify(execFile)(program!, rest, { timeout: 120_000 });
  return JSON.parse(stdout);
}

/** Why there can be none, or false. */
export const noNamespace: string | false =
  spawnSync("unshare", ["--net", "ip", "tuntap", "add", "dev", "tap0", "mode", "tap"]).status !== 0 &&
  "no TAP device in a network namespace can be had here";

export interface Bulk {
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** What a stretch of work took. */
export function stopwatch(): () => { seconds: number; cpuSeconds: number } {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}
