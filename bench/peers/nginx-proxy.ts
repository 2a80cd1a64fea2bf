/**
 * nginx as a reverse proxy: one worker, and connections to the origin kept alive as its manual says they are:
 * `keepalive` in the upstream, HTTP/1.1, no Connection field. Buffering is left as it is.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { nginx } from "./nginx.ts";

export const nginxProxy: Peer = {
  ...nginx,
  command({ scratch }, port, origin) {
    const file = join(scratch, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; worker_processes 1; worker_rlimit_nofile 20000;
pid ${scratch}/nginx-${port}.pid; error_log stderr crit;
events { worker_connections 16000; }
http {
  access_log off; tcp_nodelay on;
  keepalive_timeout 75; keepalive_requests 10000000;
  client_body_temp_path ${scratch}; proxy_temp_path ${scratch}; fastcgi_temp_path ${scratch};
  uwsgi_temp_path ${scratch}; scgi_temp_path ${scratch};
  upstream origin { server 127.0.0.1:${origin}; keepalive 128; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
    );
    return ["/usr/sbin/nginx", "-c", file, "-e", "stderr"];
  },
};
