/** Squid as a tunnel: one worker, no cache, no logs, CONNECT to the origin's port and nothing else. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";

export const squid: Peer = {
  name: "Squid",
  wants: "squid (scripts/debian-packages)",
  version: () => /Version (\S+)/.exec(spawnSync("/usr/sbin/squid", ["-v"], { encoding: "utf8" }).stdout ?? "")?.[1],
  command({ scratch }, port, origin) {
    const file = join(scratch, `squid-${port}.conf`);
    // Where it is started by root it lets go of it, and may then write to /dev/null, but not beside its configuration.
    writeFileSync(
      file,
      `http_port 127.0.0.1:${port}
acl origin port ${origin}
http_access allow CONNECT origin
http_access deny all
workers 1
cache deny all
cache_mem 0
access_log none
cache_store_log none
cache_log /dev/null
pid_filename none
pinger_enable off
coredump_dir none
visible_hostname localhost
shutdown_lifetime 0 seconds
`,
    );
    return ["/usr/sbin/squid", "-N", "-f", file];
  },
};
