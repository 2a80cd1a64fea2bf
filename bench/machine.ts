/** On what it was measured: figures without a machine mean nothing. */

import { spawnSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import type { Peer } from "./peer.ts";
import { canPin } from "./server.ts";
import { figure } from "./table.ts";

/** A list, for a page. */
export function machine(peers: readonly Peer[]): string {
  const processors = cpus();
  const wrk = /wrk (\S+)/.exec(spawnSync("wrk", ["-v"], { encoding: "utf8" }).stdout)?.[1] ?? "of unknown version";
  // A peer may come twice, configured in another way.
  const names = new Map(peers.map((peer) => [peer.name.split(",")[0]!, peer.version() ?? "(not there)"]));
  const versions = [...names].map(([name, version]) => `${name} ${version}`);
  return [
    `- ${processors.length} × ${processors[0]?.model ?? "unknown processor"}, ${figure(totalmem() / 2 ** 30, 0)} GiB; ${type()} ${release()}`,
    canPin
      ? "- server on one processor, wrk on another (taskset), over the loopback interface"
      : "- server and wrk are not kept apart: there is one processor only, or no taskset",
    `- Node ${process.version.slice(1)}, wrk ${wrk}`,
    `- ${versions.join(", ")}`,
  ].join("\n");
}
