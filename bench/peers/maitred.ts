/** Ourselves, as who installs the package gets us: built, and started by the same file. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LARGEST, MEMORY } from "../cache-size.ts";
import type { Peer } from "../peer.ts";

let installed: string | undefined;

export const maitred: Peer = {
  name: "maitred",
  wants: "npm, to pack it",
  servesCgi: true,
  version: () => JSON.parse(readFileSync("package.json", "utf8")).version,
  command: ({ root }, port) => [...built(), root, "--host", "127.0.0.1", "--port", String(port)],
};

/** In front of one origin. */
export const maitredProxy: Peer = {
  ...maitred,
  command: (_, port, origin) => [...built(), "proxy", "--to", `http://127.0.0.1:${origin}`, "--port", String(port)],
};

/** In front of one origin, with a cache in memory. */
export const maitredCache: Peer = {
  ...maitred,
  command: (_, port, origin) => [
    ...[...built(), "proxy", "--to", `http://127.0.0.1:${origin}`, "--port", String(port)],
    ...["--cache", "--memory", `${MEMORY.mib}M`, "--max-object", `${LARGEST.mib}M`],
  ],
};

/** In front of all, with CONNECT to the origin's port. */
export const maitredTunnel: Peer = {
  ...maitred,
  command: (_, port, origin) => [...built(), "proxy", "--connect-port", String(origin), "--port", String(port)],
};

/** The textbook's proxy, which its graders start with nothing in the environment. */
export const maitredTextbook: Peer = {
  ...maitred,
  command: (_, port) => ["env", "-i", ...built(), "proxy", "--profile", "csapp", "--port", String(port)],
};

function built(): readonly string[] {
  installed ??= install();
  return [process.execPath, join(installed, "bin/maitred.js")];
}

/** Into a temporary folder, beside the libraries that are here already. */
function install(): string {
  const folder = mkdtempSync(join(tmpdir(), "maitred-packed-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  spawnSync("npm", ["pack", "--silent", "--pack-destination", folder], { stdio: ["ignore", "ignore", 2] });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("it could not be packed");
  mkdirSync(join(folder, "node_modules"));
  spawnSync("tar", ["-xzf", join(folder, tarball), "-C", join(folder, "node_modules")]);
  const packed = join(folder, "node_modules/package");
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const here = resolve("node_modules", name);
    if (existsSync(here)) symlinkSync(here, join(folder, "node_modules", name));
  }
  return packed;
}
