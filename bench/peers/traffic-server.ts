/** Apache Traffic Server, with its cache in a file in memory, where its package is there; probed and not measured. */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEMORY } from "../cache-size.ts";
import { memoryFolder } from "../memory-folder.ts";
import type { Peer } from "../peer.ts";

export const trafficServer: Peer = {
  name: "Traffic Server",
  wants: "trafficserver",
  version: () =>
    /Traffic Server (\d[\d.]*)/.exec(
      spawnSync("/usr/bin/traffic_server", ["-V"], { encoding: "utf8" }).stdout ?? "",
    )?.[1],
  command(_, port, origin) {
    const folder = memoryFolder();
    const inside = (name: string): string => {
      mkdirSync(join(folder, name), { recursive: true });
      return join(folder, name);
    };
    const write = (name: string, text: string): void => writeFileSync(join(inside("etc"), name), text);
    write(
      "records.config",
      `CONFIG proxy.config.http.server_ports STRING ${port}:ip-in=127.0.0.1
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.reverse_proxy.enabled INT 1
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.http.cache.http INT 1
CONFIG proxy.config.http.cache.required_headers INT 2
CONFIG proxy.config.http.wait_for_cache INT 2
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.body_factory.template_sets_dir STRING ${inside("etc/body_factory")}
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
`,
    );
    write("remap.config", `map http://127.0.0.1:${port}/ http://127.0.0.1:${origin}/\n`);
    write("storage.config", `${inside("cache")} ${MEMORY.mib}M\n`);
    write("ip_allow.yaml", "ip_allow:\n  - { apply: in, ip_addrs: 127.0.0.1, action: allow, methods: ALL }\n");
    for (const name of ["plugin.config", "hosting.config", "volume.config", "parent.config", "cache.config"]) {
      write(name, "");
    }
    const places = {
      ...{ prefix: folder, exec_prefix: folder, bindir: "/usr/bin", sbindir: "/usr/bin", sysconfdir: inside("etc") },
      ...{ datadir: inside("data"), includedir: folder, libdir: folder, libexecdir: folder },
      ...{ localstatedir: folder, runtimedir: inside("run"), logdir: inside("log"), cachedir: inside("cache") },
    };
    const runroot = join(folder, "runroot.yaml");
    writeFileSync(
      runroot,
      Object.entries(places)
        .map(([name, place]) => `${name}: ${place}\n`)
        .join(""),
    );
    return ["/usr/bin/traffic_server", `--run-root=${runroot}`];
  },
};
