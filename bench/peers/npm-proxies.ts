/** Reverse proxies from npm, each a library with a few lines around it. */

import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { versionOf, wants } from "./npm.ts";

const proxy = (name: string): Peer => ({
  name,
  wants,
  version: () => versionOf(name),
  command: (_, port, origin) => [
    process.execPath,
    join(import.meta.dirname, "npm-proxy.js"),
    ...[name, String(port), String(origin)],
  ],
});

export const httpProxy: Peer = proxy("http-proxy");
export const httpProxy3: Peer = proxy("http-proxy-3");
