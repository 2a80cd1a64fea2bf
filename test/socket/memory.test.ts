import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { SocketError } from "../../src/socket/socket.ts";
import { socketContract } from "./contract.ts";
import { memoryNetwork } from "./memory.ts";

socketContract("memory", () => {
  const network = memoryNetwork();
  return {
    client: network,
    server: network,
    home: { host: "10.0.0.1", port: 0 },
    home6: { host: "fd00::1", port: 0 },
    path: () => "/run/maitred.sock",
    bound: 64 * 1024,
  };
});

const at = (host: string) => ({ host, port: 80 });

test("a name leads to the first of its addresses where somebody listens", async () => {
  const network = memoryNetwork({ names: { "example.test": ["10.0.0.5", "fd00::5"] } });
  deepEqual(await network.resolve("Example.test"), ["10.0.0.5", "fd00::5"]);
  await rejects(network.resolve("other.test"), { code: "ENOTFOUND" });
  const listener = await network.listen(at("fd00::5"));
  (await network.connect(at("example.test"))).reset();
  await listener.close();
  await rejects(network.connect(at("example.test")), { code: "ECONNREFUSED" });
});

test("who listens on localhost is met at both loopbacks", async () => {
  const network = memoryNetwork();
  const listener = await network.listen(at("localhost"));
  for (const host of ["localhost", "127.0.0.1", "::1"]) (await network.connect(at(host))).reset();
  await rejects(network.listen(at("::1")), { code: "EADDRINUSE" });
  await listener.close();
});

test("a silent host answers never, until one gives it up", async () => {
  const network = memoryNetwork({ silent: new Set(["10.0.0.5"]) });
  await network.listen(at("10.0.0.5"));
  const controller = new AbortController();
  const connecting = network.connect(at("10.0.0.5"), { signal: controller.signal });
  controller.abort();
  await rejects(connecting, { code: "ECONNABORTED" });
});

test("the way to a host may be long, and lead nowhere", async () => {
  const clock = new VirtualClock();
  const way = async () => {
    await new Promise<void>((resolve) => clock.after(30, resolve));
    throw new SocketError("EHOSTUNREACH", "Cannot connect: no way leads to that host");
  };
  const connecting = memoryNetwork({ way }).connect(at("10.0.0.5"));
  const failing = rejects(connecting, { code: "EHOSTUNREACH" });
  await clock.advance(30);
  await failing;
});
