// The client of http-cache-tests, with a connection for each request: what comes out should not depend on how long a
// peer leaves idle ones open.

import http from "node:http";

http.globalAgent = new http.Agent({ keepAlive: false });
await import(new URL("../npm/node_modules/http-cache-tests/cli.mjs", import.meta.url));
