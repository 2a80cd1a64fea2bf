/** HAProxy's cache, in memory: one thread; it knows Vary, and neither validates what is stale nor joins misses. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LARGEST, MEMORY } from "../cache-size.ts";
import type { Peer } from "../peer.ts";
import { haproxy } from "./haproxy.ts";

export const haproxyCache: Peer = {
  ...haproxy,
  command({ scratch }, port, origin) {
    const file = join(scratch, `haproxy-${port}.cfg`);
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 9950
defaults
  mode http
  option http-keep-alive
  http-reuse safe
  timeout connect 5s
  timeout client 75s
  timeout server 75s
cache hall
  total-max-size ${MEMORY.mib}
  max-object-size ${LARGEST.bytes}
  max-age 86400
  process-vary on
frontend door
  bind 127.0.0.1:${port} backlog 4096
  http-request cache-use hall
  http-response cache-store hall
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
    );
    return ["/usr/sbin/haproxy", "-db", "-q", "-f", file];
  },
};
