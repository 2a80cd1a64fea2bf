/**
 * HAProxy: one thread, connections to the origin kept alive and shared. It knows no CONNECT of its own: it passes it
 * on, and relays what follows when the origin has said 200; so the origin of the tunnel says so.
 * And twice more, for the tunnel: with larger buffers, which are quicker there, and with splice, where the kernel moves
 * what is relayed without showing it to HAProxy.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";

const configured = (name: string, { tune = "", option = "" }): Peer => ({
  name,
  wants: "haproxy (scripts/debian-packages)",
  version: () =>
    /version (\d[\d.]*)/.exec(spawnSync("/usr/sbin/haproxy", ["-v"], { encoding: "utf8" }).stdout ?? "")?.[1],
  command({ scratch }, port, origin) {
    const file = join(scratch, `haproxy-${port}.cfg`);
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 4000
  ${tune}
defaults
  mode http
  option http-keep-alive
  http-reuse safe
  ${option}
  timeout connect 5s
  timeout client 75s
  timeout server 75s
  timeout tunnel 75s
frontend door
  bind 127.0.0.1:${port} backlog 4096
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
    );
    return ["/usr/sbin/haproxy", "-db", "-q", "-f", file];
  },
});

export const haproxy: Peer = configured("HAProxy", {});
export const haproxyLarge: Peer = configured("HAProxy, 64 KiB buffers", { tune: "tune.bufsize 65536" });
export const haproxySplicing: Peer = configured("HAProxy, splice", { option: "option splice-auto" });
