// The server of http-cache-tests, on a free port of 127.0.0.1 alone; by itself it listens on all addresses.

import { Server } from "node:net";

const { listen } = Server.prototype;
Server.prototype.listen = function () {
  return listen.call(this, 0, "127.0.0.1");
};
await import(new URL("../npm/node_modules/http-cache-tests/server/server.mjs", import.meta.url));
