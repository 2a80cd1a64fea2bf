/** Which segment belongs to whom, and who may call whom (RFC 9293 §3.9, §3.10.7.1). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { plus } from "../../src/tcp/sequence.ts";
import { PROTOCOL } from "../../src/wire/ipv4.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { ACK, FIN, PSH, RST, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";
import { ip, Network } from "./network.ts";
import { A, B, calling, connect, connected, facing, heard, listen, pairOfHosts } from "./tcp-scene.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

// ── whose is it? ──

test("many connections on one port are told apart by who is at the other end", async () => {
  const { net, a, b } = pairOfHosts();
  const listening = listen(b);
  const clients = Array.from({ length: 300 }, () => connect(a));
  // A few SYNs get lost while ARP asks, and come again.
  await net.pass(1500);
  clients.forEach((client, i) => void client.write(bytes(`${i}`)));
  await net.pass(10);
  for (let i = 0; i < 300; i++) {
    const server = listening.accept()!;
    equal(heard(server), `${clients.findIndex(({ localPort }) => localPort === server.remotePort)}`);
    server.write(bytes("!"));
  }
  await net.pass(10);
  ok(clients.every((client) => heard(client) === "!"));
});

/** What comes to a port that nobody has (§3.10.7.1). */
const CLOSED: readonly (readonly [what: string, flags: number, length: number, answer: readonly number[]])[] = [
  ["a SYN", SYN, 0, [RST | ACK, 0, 1001]],
  ["a SYN with data", SYN, 5, [RST | ACK, 0, 1006]],
  ["a FIN", FIN, 0, [RST | ACK, 0, 1001]],
  ["nothing at all", 0, 0, [RST | ACK, 0, 1000]],
  ["an ACK", ACK, 0, [RST, 77, 0]],
  ["data", PSH | ACK, 5, [RST, 77, 0]],
  ["a SYN,ACK", SYN | ACK, 0, [RST, 77, 0]],
  ["a reset", RST, 0, []],
  ["a reset that acknowledges", RST | ACK, 0, []],
];

for (const [what, flags, length, answer] of CLOSED) {
  test(`${what} for nobody: ${answer.length === 0 ? "no answer" : "a reset"}`, () => {
    const { peer } = facing();
    peer.say({ from: 40_000, to: 81, seq: 1000, ack: 77, flags, payload: new Uint8Array(length) });
    const answers = peer.heard().map(({ flags, seq, ack }) => [flags, seq, ack]);
    deepEqual(answers, answer.length === 0 ? [] : [answer]);
  });
}

test("a segment that is damaged is counted, and nothing else (MUST-3)", () => {
  const { probe, peer, host } = facing();
  const payload = emitTcp(segmentOf({ from: 40_000, to: 81, flags: SYN }), B, A);
  payload[4]! ^= 1;
  probe.sayIp({ protocol: PROTOCOL.tcp, payload });
  probe.sayIp({ protocol: PROTOCOL.tcp, payload: payload.subarray(0, 19) });
  deepEqual(peer.heard(), []);
  deepEqual([host.counters.tcpInSegs, host.counters.tcpInErrs], [2, 2]);
});

for (const destination of ["10.0.0.255", "255.255.255.255", "224.0.0.1"]) {
  test(`a SYN to ${destination} is not heard (MUST-57)`, () => {
    const { peer, host } = facing();
    const listening = listen(host);
    peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN }, B, ip(destination));
    peer.say({ from: 40_000, to: 81, seq: 1000, flags: SYN }, B, ip(destination));
    deepEqual([peer.heard(), host.tcp.streams.length, listening.waiting], [[], 0, 0]);
  });
}

for (const source of ["10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "10.0.0.1", "240.0.0.1"]) {
  test(`a SYN from ${source} is not heard (MUST-63)`, () => {
    const { peer, host } = facing();
    listen(host);
    peer.say({ from: 40_000, to: 80, seq: 1000, flags: SYN }, ip(source));
    deepEqual([peer.heard(), host.tcp.streams.length], [[], 0]);
  });
}

test("a connection speaks from the address that it was called at (MUST-45)", async () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  const [, ofB] = net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24");
  net.cable(a, "192.0.2.1/24", b, "192.0.2.2/24");
  // What is called by one cable is answered by the other, but under its own name.
  b.routes.add({ prefix: parsePrefix("192.0.2.1/32")!, via: A, interface: ofB });
  listen(b);
  const client = connect(a, { address: ip("192.0.2.2") });
  await net.pass(10);
  ok(client.isConnected);
  deepEqual(b.tcp.streams[0]?.localAddress, ip("192.0.2.2"));
});

// ── calling ──

test("nobody listens there", async () => {
  const { net, a } = pairOfHosts();
  const client = connect(a, { port: 81 });
  await net.pass(10);
  deepEqual([client.state, client.error], ["CLOSED", "ECONNREFUSED"]);
});

test("nobody answers: after three minutes that is enough (MUST-23)", async () => {
  const { net, peer, host } = facing();
  const client = connect(host);
  await net.pass(179_000);
  equal(client.state, "SYN-SENT");
  const syns = peer.heard();
  equal(syns.length, 8);
  ok(syns.every(({ flags, seq }) => flags === SYN && seq === syns[0]!.seq));
  await net.pass(1000);
  deepEqual([client.state, client.error], ["CLOSED", "ETIMEDOUT"]);
});

test("nobody is there to be called: ARP finds that out at once", async () => {
  const { net, a } = pairOfHosts();
  const client = connect(a, { address: ip("10.0.0.77") });
  await net.pass(5000);
  equal(client.error, "EHOSTUNREACH");
});

test("no way leads there any more", async () => {
  const { net, client, a } = await connected();
  a.routes.remove(a.routes.to(B)!);
  client.write(bytes("hello"));
  await net.pass(10);
  deepEqual([client.state, client.trouble], ["ESTABLISHED", "ENETUNREACH"]);
});

test("the first number is driven by a clock, and is another one for each pair of ends (MUST-8, MUST-9)", async () => {
  const { net, peer, host } = facing();
  const isnOf = (port: number): number => {
    const stream = connect(host, { from: { port } });
    stream.reset();
    return peer.heard()[0]!.seq;
  };
  const [first, other] = [isnOf(5000), isnOf(5001)];
  ok(Math.abs(first - other) > 1000);
  await net.pass(1000);
  equal(plus(isnOf(5000), -first), 250_000);
});

test("both call each other at once, and it is one connection (MUST-10)", async () => {
  const { net, a, b } = pairOfHosts();
  const one = connect(a, { address: B, port: 7000, from: { port: 8000 } });
  const other = connect(b, { address: A, port: 8000, from: { port: 7000 } });
  await net.pass(20);
  ok(one.isConnected && other.isConnected);
  one.write(bytes("hello"));
  await net.pass(10);
  equal(heard(other), "hello");
});

test("what the MSS says is what the cable carries, and what goes is no longer (MUST-14, MUST-16, MUST-67)", async () => {
  for (const [mtu, mss] of [
    [1500, 1460],
    [576, 536],
    [9000, 8960],
    [65_535, 65_495],
  ] as const) {
    const { host, peer } = facing({ mtu });
    connect(host);
    equal(peer.one().mss, mss);
  }
  const { stream, peer } = calling({}, {});
  stream.write(new Uint8Array(3000));
  deepEqual(
    peer.heard().map(({ payload }) => payload.length),
    [1460, 1460, 80],
  );
});

// ── and over ──

test("a batch of segments is answered once, when all of it has been handled (MUST-58, MUST-59)", async () => {
  const { net, client, server, b } = await connected();
  client.write(new Uint8Array(14_480));
  const before = b.counters.tcpOutSegs;
  b.work.begin();
  await net.pass(5);
  equal(server.readable, 0, "nothing was handled yet");
  b.work.end();
  await net.pass(1);
  deepEqual([server.readable, b.counters.tcpOutSegs - before], [14_480, 1]);
});

test("hosts keep no connection that is over", async () => {
  const { net, a, b } = pairOfHosts();
  const listening = listen(b);
  for (let i = 0; i < 100; i++) {
    const client = connect(a);
    await net.pass(10);
    const server = listening.accept()!;
    client.write(bytes("hello"));
    client.end();
    await net.pass(5);
    equal(heard(server), "hello");
    server.close();
    await net.pass(5);
  }
  deepEqual([a.tcp.streams.length, b.tcp.streams.length], [0, 0]);
  await net.pass(61_000);
  // Both still know each other's MAC addresses.
  deepEqual([a.deadlines.size, b.deadlines.size], [1, 1]);
});
