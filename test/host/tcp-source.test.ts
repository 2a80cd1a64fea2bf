/** Which end one gets who calls (RFC 9293 §3.9.1.1): address, port, or why not. */

import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../../src/host/host.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { ip, probed } from "./network.ts";
import { A, B, connect, connected, listen, pairOfHosts } from "./tcp-scene.ts";

const REFUSED: readonly (readonly [what: string, address: string])[] = [
  ["a group", "224.0.0.1"],
  ["everybody", "255.255.255.255"],
  ["everybody on the cable", "10.0.0.255"],
  ["everybody in this machine", "127.255.255.255"],
  ["nobody", "0.0.0.0"],
  ["what is reserved", "240.0.0.1"],
  ["a network to which no route leads", "192.0.2.1"],
];

for (const [what, address] of REFUSED) {
  test(`${what} cannot be called (MUST-46)`, () => {
    const { host, probe } = probed();
    equal(host.tcp.connect({ address: ip(address), port: 80 }), "ENETUNREACH");
    deepEqual(probe.heard(), []);
  });
}

test("the address to speak from is that of the way there (MUST-44)", () => {
  const { net, a, b } = pairOfHosts();
  const c = net.host("c");
  net.cable(a, "192.0.2.1/24", c, "192.0.2.2/24");
  equal(connect(a, { address: B }).local.address, A);
  equal(connect(a, { address: ip("192.0.2.2") }).local.address, ip("192.0.2.1"));
  equal(connect(b, { address: ip("127.0.0.1") }).local.address, ip("127.0.0.1"));
});

test("one may say which address to speak from, if it is one's own (MUST-43)", async () => {
  const { net, a, b } = pairOfHosts();
  listen(b);
  equal(a.tcp.connect({ address: B, port: 80, from: { address: B } }), "EADDRNOTAVAIL");
  const stream = connect(a, { from: { address: A } });
  await net.pass(10);
  deepEqual(stream.local.address, A);
  ok(stream.isConnected);
});

test("one may say which port to speak from; with the same peer only once", async () => {
  const { net, a, b } = pairOfHosts();
  listen(b);
  listen(b, { port: 81 });
  const from = { port: 5000 };
  const stream = connect(a, { from });
  equal(stream.localPort, 5000);
  equal(a.tcp.connect({ address: B, port: 80, from }), "EADDRINUSE");
  const other = connect(a, { port: 81, from });
  await net.pass(10);
  ok(stream.isConnected && other.isConnected, "another port of the peer's is another peer");
});

test("ports that are chosen differ, and nobody can foresee them (RFC 6056)", () => {
  const { a } = pairOfHosts();
  const ports = Array.from({ length: 20 }, () => connect(a).localPort);
  equal(new Set(ports).size, 20);
  for (const port of ports) ok(port >= 32_768);
  const others = pairOfHosts().b;
  notEqual(connect(others, { address: A }).localPort, ports[0]);
});

test("when all ports are taken for one peer, there is none; for another peer there are", () => {
  const { a, net } = pairOfHosts();
  const c = net.host("c");
  net.cable(a, "192.0.2.1/24", c, "192.0.2.2/24");
  for (let i = 0; i < 32_768; i++) connect(a);
  equal(a.tcp.connect({ address: B, port: 80 }), "EADDRNOTAVAIL");
  ok(connect(a, { port: 81 }).localPort >= 32_768);
});

test("nobody gets himself on the line whose port is the one that he calls", () => {
  const { host } = probed();
  const address = ip("127.0.0.1");
  // Each try is given the next port.
  const streams = calls(host, address, 33_000, 32_768);
  ok(streams.every((stream) => stream.localPort !== 33_000));
  ok(streams.every((stream) => stream.error === "ECONNREFUSED"));
});

function calls(host: Host, address: number, port: number, count: number): TcpStream[] {
  return Array.from({ length: count }, () => connect(host, { address, port }));
}

test("who wants to talk to himself, from the port that he calls, may (RFC 9293 §3.5, simultaneous open)", () => {
  const { host } = probed();
  const address = ip("127.0.0.1");
  const stream = connect(host, { address, port: 7000, from: { address, port: 7000 } });
  ok(stream.isConnected);
  stream.write(Uint8Array.of(1, 2, 3));
  deepEqual([...stream.read()!], [1, 2, 3]);
});

test("a port that is none is a mistake", () => {
  const { a } = pairOfHosts();
  throws(() => a.tcp.connect({ address: B, port: 65_536 }), /^RangeError: Cannot connect to port 65536: ports are /);
  throws(
    () => a.tcp.connect({ address: B, port: 80, from: { port: -1 } }),
    /^RangeError: Cannot connect from port -1: /,
  );
  throws(() => a.tcp.listen({ port: 1.5 }), /^RangeError: Cannot listen on port 1.5: /);
});

test("between the same two ends again: not while the old connection waits, and soon after if timestamps tell them apart (RFC 6191)", async () => {
  const { net, a, client, server } = await connected({ from: { port: 5000 } });
  client.end();
  await net.pass(10);
  server.end();
  await net.pass(10);
  equal(client.state, "TIME-WAIT");
  const again = { address: B, port: 80, from: { port: 5000 } };
  equal(a.tcp.connect(again), "EADDRINUSE");
  await net.pass(1000);
  const stream = connect(a, again);
  await net.pass(10);
  ok(stream.isConnected);
});
