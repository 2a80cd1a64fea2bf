import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { SocketError } from "../../src/socket/socket.ts";
import { TunnelSocket } from "../../src/web/tunnel-socket.ts";
import { memoryNetwork } from "../socket/memory.ts";
import { pair } from "../socket/memory-socket.ts";

test("what was read before comes first, then what comes; all else is the socket's own", async () => {
  const network = memoryNetwork();
  const listener = await network.listen({ host: "10.0.0.1", port: 0 });
  const near = await network.connect(listener.addresses[0]!);
  const far = (await listener.accept())!;
  const tunnel = new TunnelSocket(near, Promise.resolve(utf8("first")));
  await far.write(utf8("second"));
  equal(latin1((await tunnel.read())!), "first");
  equal(latin1((await tunnel.read())!), "second");
  await tunnel.write(utf8("answer"));
  equal(latin1((await far.read())!), "answer");
  equal(tunnel.local, near.local);
  equal(tunnel.remote, near.remote);
  await tunnel.end();
  equal(await far.read(), undefined);
  tunnel.close();
  far.close();
  await listener.close();
});

test("the end may be what was read before", async () => {
  const network = memoryNetwork();
  const listener = await network.listen({ host: "10.0.0.1", port: 0 });
  const near = await network.connect(listener.addresses[0]!);
  equal(await new TunnelSocket(near, Promise.resolve(undefined)).read(), undefined);
  near.reset();
  await listener.close();
});

test("the read under way may fail before anybody asks for it", async () => {
  const here = { host: "10.0.0.1", port: 80 };
  const [near] = pair(here, here, 1024);
  const socket = new TunnelSocket(near, Promise.reject(new SocketError("ECONNRESET", "It is gone")));
  await new Promise(setImmediate);
  await rejects(socket.read(), { code: "ECONNRESET" });
});
