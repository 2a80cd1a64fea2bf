/** What has become of a process, asked from outside. */

import { spawnSync } from "node:child_process";
import { setTimeout as later } from "node:timers/promises";

/** Its state as `ps` names it ("S", "Z" …); undefined where there is no such process. */
export function stateOf(pid: number): string | undefined {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() === "" ? undefined : stdout.trim();
}

/** Waits until it has ended, or for long enough to be sure that it will not. Whose child it was may still have to notice. */
export async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (stateOf(pid)?.startsWith("Z") ?? true) return true;
    await later(10);
  }
  return false;
}
