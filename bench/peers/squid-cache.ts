/** Squid before one origin (an “accelerator”): one worker, its cache in memory alone, no logs, simultaneous misses joined. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LARGEST, MEMORY } from "../cache-size.ts";
import type { Peer } from "../peer.ts";
import { squid } from "./squid.ts";

export const squidCache: Peer = {
  ...squid,
  command({ scratch }, port, origin) {
    const file = join(scratch, `squid-${port}.conf`);
    writeFileSync(
      file,
      `http_port 127.0.0.1:${port} accel no-vhost defaultsite=127.0.0.1:${port}
cache_peer 127.0.0.1 parent ${origin} 0 no-query no-digest no-netdb-exchange originserver login=PASSTHRU
http_access allow all
workers 1
max_filedescriptors 20000
cache_mem ${MEMORY.mib} MB
memory_cache_mode always
maximum_object_size_in_memory ${LARGEST.mib} MB
maximum_object_size ${LARGEST.mib} MB
collapsed_forwarding on
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
