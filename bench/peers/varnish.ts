/**
 * Varnish: its cache in memory (malloc), its log in a file in memory as its manual advises, one pool of threads for one
 * processor. What says nothing of its freshness is not fresh, and stays for a while to be asked about.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { MEMORY } from "../cache-size.ts";
import { memoryFolder } from "../memory-folder.ts";
import type { Peer } from "../peer.ts";

const PARAMETERS = [
  "thread_pools=1",
  "listen_depth=4096",
  "default_ttl=0",
  "default_grace=0",
  "default_keep=3600",
  "timeout_idle=75",
];

export const varnish: Peer = {
  name: "Varnish",
  wants: "varnish (scripts/debian-packages)",
  version: () =>
    /varnish-(\d[\d.]*)/.exec(spawnSync("/usr/sbin/varnishd", ["-V"], { encoding: "utf8" }).stderr ?? "")?.[1],
  command: (_, port, origin) => [
    ...["/usr/sbin/varnishd", "-F", "-n", join(memoryFolder(), "varnish"), "-T", "none"],
    ...["-a", `127.0.0.1:${port}`, "-b", `127.0.0.1:${origin}`, "-s", `malloc,${MEMORY.mib}m`],
    ...PARAMETERS.flatMap((parameter) => ["-p", parameter]),
  ],
};
