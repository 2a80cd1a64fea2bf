import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { realClock, VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import { Pair } from "../../src/link/pair.ts";
import { type Network, SocketError } from "../../src/socket/socket.ts";
import { type StackOptions, stackNetwork } from "../../src/socket/stack.ts";
import { socketContract } from "./contract.ts";

const machine = (seed: number): Host => new Host({ clock: realClock, random: new Random(seed) });

socketContract("stack, with itself", () => {
  const network = stackNetwork(machine(1));
  return {
    client: network,
    server: network,
    home: { host: "127.0.0.1", port: 0 },
    loopbacks: ["127.0.0.1"],
    bound: 8 * 1024 * 1024,
  };
});

for (const mtu of [1500, 65_000]) {
  socketContract(`stack, with another over an MTU of ${mtu}`, () => {
    const { a, b } = new Pair({ mtu, later: (run) => void setImmediate(run) });
    const [client, server] = [machine(1), machine(2)];
    client.attach(a, { address: "10.0.0.1/24" });
    server.attach(b, { address: "10.0.0.2/24" });
    return {
      client: stackNetwork(client),
      server: stackNetwork(server),
      home: { host: "10.0.0.2", port: 0 },
      away: { host: "10.0.0.1", port: 0 },
      loopbacks: ["127.0.0.1"],
      bound: 8 * 1024 * 1024,
    };
  });
}

/** One machine, 10.0.0.1, at a cable whose other end lies on the floor, in a time that stands still. */
function alone(options?: StackOptions): { network: Network; clock: VirtualClock } {
  const clock = new VirtualClock();
  const host = new Host({ clock, random: new Random(7) });
  host.attach(new Pair().a, { address: "10.0.0.1/24" });
  return { network: stackNetwork(host, options), clock };
}

const at = (host: string, port = 80) => ({ host, port });

for (const [call, of, code, message] of [
  ["listen", at("10.0.0.9"), "EADDRNOTAVAIL", "Cannot listen on 10.0.0.9:80: this machine does not have that address"],
  ["listen", at("::1"), "EAFNOSUPPORT", "Cannot listen on [::1]:80: this kind of address is not spoken here"],
  ["listen", { path: "/a" }, "EAFNOSUPPORT", "Cannot listen on /a: this kind of address is not spoken here"],
  ["listen", at("nobody"), "ENOTFOUND", "Cannot find nobody: there is no such host"],
  ["connect", at("::1"), "EAFNOSUPPORT", "Cannot connect to [::1]:80: this kind of address is not spoken here"],
  ["connect", { path: "/a" }, "EAFNOSUPPORT", "Cannot connect to /a: this kind of address is not spoken here"],
  ["connect", at("192.0.2.1"), "ENETUNREACH", "Cannot connect to 192.0.2.1:80: no way leads to that network"],
  ["connect", at("127.0.0.1"), "ECONNREFUSED", "Cannot connect to 127.0.0.1:80: nobody listens there"],
  ["connect", at("six.test"), "EAFNOSUPPORT", "Cannot connect to six.test:80: this kind of address is not spoken here"],
] as const) {
  test(`${call} at ${"path" in of ? of.path : of.host}: ${code}`, async () => {
    const { network } = alone({ hosts: new Map([["six.test", "fd00::1"]]) });
    await rejects(network[call](of), (error: unknown) => {
      deepEqual([(error as SocketError).code, (error as Error).message], [code, message]);
      return error instanceof SocketError;
    });
  });
}

test("a port that is none is the caller's mistake", async () => {
  const { network } = alone();
  const message = 'Cannot connect to 10.0.0.1:65536: "65536" is not a port, which is a number from 0 to 65535';
  await rejects(network.connect(at("10.0.0.1", 65_536)), { name: "RangeError", message });
  await rejects(network.listen(at("10.0.0.1", -1)), RangeError);
  await rejects(network.datagrams(at("10.0.0.1", 0.5)), RangeError);
});

test("a neighbour that is not there cannot be reached", async () => {
  const { network, clock } = alone();
  const connecting = rejects(network.connect(at("10.0.0.2")), {
    code: "EHOSTUNREACH",
    message: "Cannot connect to 10.0.0.2:80: no way leads to that host",
  });
  await clock.advance(10_000);
  await connecting;
});

test("of a name all addresses are tried", async () => {
  const hosts = new Map([["server", ["10.0.0.2", "::1", "127.0.0.1"]]]);
  const { network, clock } = alone({ hosts });
  const listener = await network.listen(at("127.0.0.1"));
  const connecting = network.connect(at("server"));
  await clock.advance(10_000);
  deepEqual((await connecting).remote, at("127.0.0.1"));
  await listener.close();
});

test("who gives up while a name's first address is tried, does not try the next", async () => {
  const { network, clock } = alone({ hosts: new Map([["server", ["10.0.0.2", "127.0.0.1"]]]) });
  const listener = await network.listen(at("127.0.0.1"));
  const controller = new AbortController();
  const connecting = rejects(network.connect(at("server"), { signal: controller.signal }), { code: "ECONNABORTED" });
  await clock.advance(500);
  controller.abort();
  await connecting;
  await listener.close();
});

test("localhost is this machine, and all addresses are all of its", async () => {
  const { network } = alone();
  const listener = await network.listen(at("0.0.0.0"));
  deepEqual(listener.addresses, [at("0.0.0.0")]);
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "10.0.0.1"]) (await network.connect(at(host))).reset();
  await listener.close();
  deepEqual((await network.listen(at("localhost"))).address, at("127.0.0.1"));
});

test("a dead peer is noticed: nine questions, 75 seconds apart, after a minute of silence", async () => {
  const { network, clock } = alone();
  const listener = await network.listen(at("127.0.0.1"));
  const socket = await network.connect(listener.address);
  const peer = (await listener.accept())!;
  const reading = socket.read();
  let isOver = false;
  void reading.catch(() => (isOver = true));
  // Both live, so both answer.
  await clock.advance(3_600_000);
  equal(isOver, false);
  peer.reset();
  await rejects(reading, { code: "ECONNRESET" });
});
