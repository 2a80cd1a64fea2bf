/** lighttpd: one process, its stat cache, no access log; the one among the peers that runs CGI programs. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";

export const lighttpd: Peer = {
  name: "lighttpd",
  wants: "lighttpd (scripts/debian-packages)",
  servesCgi: true,
  version: () =>
    /lighttpd\/(\S+)/.exec(spawnSync("/usr/sbin/lighttpd", ["-v"], { encoding: "utf8" }).stdout ?? "")?.[1],
  command({ root, scratch }, port) {
    const file = join(scratch, `lighttpd-${port}.conf`);
    writeFileSync(
      file,
      `server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_cgi")
server.max-fds = 20000
server.max-connections = 16000
server.listen-backlog = 4096
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 75
server.stat-cache-engine = "simple"
mimetype.assign = (".txt" => "text/plain", "" => "application/octet-stream")
$HTTP["url"] =~ "^/cgi-bin/" { cgi.assign = ("" => "") }
`,
    );
    return ["/usr/sbin/lighttpd", "-D", "-f", file];
  },
};
