/**
 * nginx: one worker, as its manual advises for static files: sendfile, tcp_nopush, open_file_cache, no access log.
 * And once more without the first two, which is quicker over the loopback interface: a system call less for a small
 * file, and no small segments within a large one.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";

const configured = (name: string, sendfile: string): Peer => ({
  name,
  wants: "nginx-light (scripts/debian-packages)",
  version: () => /nginx\/(\S+)/.exec(spawnSync("/usr/sbin/nginx", ["-v"], { encoding: "utf8" }).stderr ?? "")?.[1],
  command({ root, scratch }, port) {
    const file = join(scratch, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; worker_processes 1; worker_rlimit_nofile 20000;
pid ${scratch}/nginx-${port}.pid; error_log stderr crit;
events { worker_connections 16000; }
http {
  access_log off; ${sendfile} tcp_nodelay on;
  keepalive_timeout 75; keepalive_requests 10000000;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s; open_file_cache_min_uses 1;
  types { text/plain txt; } default_type application/octet-stream;
  client_body_temp_path ${scratch}; proxy_temp_path ${scratch}; fastcgi_temp_path ${scratch};
  uwsgi_temp_path ${scratch}; scgi_temp_path ${scratch};
  server { listen 127.0.0.1:${port} backlog=4096; root ${root}; }
}
`,
    );
    return ["/usr/sbin/nginx", "-c", file, "-e", "stderr"];
  },
});

export const nginx: Peer = configured("nginx", "sendfile on; tcp_nopush on;");
export const nginxCopying: Peer = configured("nginx, sendfile off", "sendfile off;");
