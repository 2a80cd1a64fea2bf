/** A reverse proxy from npm, with an agent that keeps connections to the origin alive: npm-proxy.js NAME PORT ORIGIN. */

import { Agent } from "node:http";
import { createRequire } from "node:module";

const [name, port, origin] = process.argv.slice(2);
const { createProxyServer } = createRequire(new URL("../npm/package.json", import.meta.url))(name);
const proxy = createProxyServer({ target: `http://127.0.0.1:${origin}`, agent: new Agent({ keepAlive: true }) });
proxy.on("error", () => {}); // A client that leaves in the middle, as wrk does.
proxy.listen(Number(port), "127.0.0.1");
