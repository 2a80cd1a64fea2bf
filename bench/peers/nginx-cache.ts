/**
 * nginx as a caching reverse proxy, as its manual advises: one worker, proxy_cache on files in memory, which the kernel
 * sends (sendfile, tcp_nopush), and which stay open (open_file_cache). Simultaneous misses wait for the first
 * (proxy_cache_lock); stale answers are asked about, and meanwhile used where they say so. And once more without the
 * first two, which is quicker over the loopback interface.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEMORY } from "../cache-size.ts";
import { memoryFolder } from "../memory-folder.ts";
import type { Peer } from "../peer.ts";
import { nginx } from "./nginx.ts";

const configured = (name: string, sendfile: string): Peer => ({
  ...nginx,
  name,
  command({ scratch }, port, origin) {
    const file = join(scratch, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; worker_processes 1; worker_rlimit_nofile 20000;
pid ${scratch}/nginx-${port}.pid; error_log stderr crit;
events { worker_connections 16000; }
http {
  access_log off; ${sendfile} tcp_nodelay on;
  keepalive_timeout 75; keepalive_requests 10000000;
  open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s; open_file_cache_min_uses 1;
  client_body_temp_path ${scratch}; proxy_temp_path ${scratch}; fastcgi_temp_path ${scratch};
  uwsgi_temp_path ${scratch}; scgi_temp_path ${scratch};
  proxy_cache_path ${memoryFolder()}/cache levels=1:2 keys_zone=cache:64m max_size=${MEMORY.mib}m inactive=1h use_temp_path=off;
  upstream origin { server 127.0.0.1:${origin}; keepalive 128; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache cache; proxy_cache_revalidate on; proxy_cache_background_update on;
      proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_lock_age 60s;
    }
  }
}
`,
    );
    return ["/usr/sbin/nginx", "-c", file, "-e", "stderr"];
  },
});

export const nginxCache: Peer = configured("nginx", "sendfile on; tcp_nopush on;");
export const nginxCacheCopying: Peer = configured("nginx, sendfile off", "sendfile off;");
