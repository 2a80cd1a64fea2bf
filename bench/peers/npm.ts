/** Static servers from npm, which is where all peers from there are found: in a package of their own, which is installed when one of them is first wanted. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peer.ts";

const here = join(import.meta.dirname, "../npm");
export const wants = "npm and a network, once";

/** In production mode it looks at the folder once and remembers the files. */
export const sirv: Peer = {
  name: "sirv",
  wants,
  version: () => versionOf("sirv-cli"),
  command: ({ root }, port) => [
    process.execPath,
    join(here, "node_modules/sirv-cli/bin.js"),
    ...[root, "--host", "127.0.0.1", "--port", String(port), "--etag", "--quiet"],
  ],
};

export const serve: Peer = {
  name: "serve",
  wants,
  version: () => versionOf("serve"),
  command: ({ root }, port) => [
    process.execPath,
    join(here, "node_modules/serve/build/main.js"),
    ...[root, "--listen", `tcp://127.0.0.1:${port}`, "--no-request-logging", "--no-clipboard", "--no-compression"],
  ],
};

export function versionOf(name: string): string | undefined {
  const manifest = join(here, "node_modules", name, "package.json");
  if (!existsSync(manifest)) spawnSync("npm", ["ci", "--loglevel=error"], { cwd: here, stdio: ["ignore", 2, 2] });
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}
