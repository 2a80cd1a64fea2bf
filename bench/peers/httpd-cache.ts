/** Apache httpd's cache, with its files in memory, where its package is there; probed and not measured. */

import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LARGEST } from "../cache-size.ts";
import { memoryFolder } from "../memory-folder.ts";
import type { Peer } from "../peer.ts";

const MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "cache", "cache_disk"];

export const httpdCache: Peer = {
  name: "Apache httpd",
  wants: "apache2",
  version: () => /Apache\/(\S+)/.exec(spawnSync("/usr/sbin/apache2", ["-v"], { encoding: "utf8" }).stdout ?? "")?.[1],
  command({ scratch }, port, origin) {
    const file = join(scratch, `httpd-${port}.conf`);
    const folder = memoryFolder();
    // Where it is started by root it lets go of it.
    chmodSync(folder, 0o777);
    writeFileSync(
      file,
      `ServerRoot ${scratch}
ServerName localhost
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
Listen 127.0.0.1:${port}
PidFile ${scratch}/httpd-${port}.pid
DefaultRuntimeDir ${scratch}
User www-data
Group www-data
ErrorLog ${folder}/error.log
LogLevel crit
ProxyPass / http://127.0.0.1:${origin}/ disablereuse=on
CacheRoot ${folder}
CacheEnable disk /
CacheMaxFileSize ${LARGEST.bytes}
CacheDefaultExpire 0
CacheIgnoreNoLastMod on
CacheStoreExpired on
`,
    );
    return ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", file];
  },
};
