/**
 * The floor and the ceiling: what Node costs without a server on top.
 * `node:net` writes the same bytes whatever it reads; `node:http` reads the request, and answers from memory.
 */

import { join } from "node:path";
import type { Peer } from "../peer.ts";

const bare = (name: string, file: string): Peer => ({
  name,
  wants: "",
  isBare: true,
  version: () => process.version.slice(1),
  command: ({ root }, port) => [process.execPath, join(import.meta.dirname, file), root, String(port)],
});

/** What `node:net` costs between two. It reads nothing: each connection has one of its own to the origin. */
export const bareRelay: Peer = {
  ...bare("bare node:net, relaying", "bare-relay.js"),
  command: (_, port, origin) => [
    process.execPath,
    join(import.meta.dirname, "bare-relay.js"),
    ...[String(port), String(origin)],
  ],
};

export const bareNet: Peer = bare("bare node:net", "bare-net.js");
export const bareHttp: Peer = bare("bare node:http", "bare-http.js");
