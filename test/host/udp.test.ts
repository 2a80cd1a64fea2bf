import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import type { Host } from "../../src/host/host.ts";
import type { UdpOptions } from "../../src/host/udp.ts";
import type { UdpPort } from "../../src/host/udp-port.ts";
import { emitIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { acquainted, defaultRoute, ip, Network, type Probe } from "./network.ts";

const open = (host: Host, options: UdpOptions = {}): UdpPort => {
  const port = host.udp.open(options);
  ok(typeof port !== "string", String(port));
  return port;
};

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

/** Everything that waits there. */
function received(port: UdpPort): string[] {
  const all: string[] = [];
  for (let one = port.receive(); one !== undefined; one = port.receive()) all.push(text(one.bytes)!);
  return all;
}

/** From 10.0.0.2, port 9. */
function say(probe: Probe, words: string, port: number, destination = "10.0.0.1", to?: number): void {
  const ends = [ip("10.0.0.2"), ip(destination)] as const;
  const payload = emitUdp({ from: 9, to: port, payload: utf8(words) }, ...ends);
  probe.sayIp({ protocol: PROTOCOL.udp, destination: ends[1], payload }, to);
}

async function two(options: Parameters<Network["cable"]>[4] = {}) {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24", options);
  return { net, a, b };
}

test("a datagram goes there, and an answer comes back", async () => {
  const { net, a, b } = await two();
  const server = open(b, { port: 53 });
  const client = open(a);
  server.onChange = () => {
    const { bytes, address, port, to } = server.receive()!;
    equal(to, ip("10.0.0.2"));
    equal(server.send(utf8(`${text(bytes)}!`), address, port), undefined);
  };
  client.send(utf8("hello"), ip("10.0.0.2"), 53);
  await net.pass(10);
  const { bytes, address, port } = client.receive()!;
  deepEqual([text(bytes), address, port], ["hello!", ip("10.0.0.2"), 53]);
});

test("one may speak to oneself", () => {
  const { host, probe } = acquainted();
  const [server, client] = [open(host, { port: 53 }), open(host)];
  for (const to of ["127.0.0.1", "127.9.9.9", "10.0.0.1"]) client.send(utf8(to), ip(to), 53);
  deepEqual(received(server), ["127.0.0.1", "127.9.9.9", "10.0.0.1"]);
  deepEqual(probe.heard(), []);
});

test("a batch wakes its reader once", () => {
  const { host, probe } = acquainted();
  const port = open(host, { port: 53 });
  let changes = 0;
  port.onChange = () => changes++;
  host.work.begin();
  for (const words of ["a", "b", "c"]) say(probe, words, 53);
  host.work.end();
  deepEqual([changes, received(port)], [1, ["a", "b", "c"]]);
});

test("a datagram for nobody is unreachable, and said so unless it was for everybody", () => {
  const { host, probe } = acquainted();
  say(probe, "?", 53);
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable 3"]);
  say(probe, "?", 53, "255.255.255.255", BROADCAST);
  deepEqual([probe.heard(), host.counters.udpNoPorts], [[], 2]);
});

test("a damaged one is counted, one without checksum believed", () => {
  const { host, probe } = acquainted();
  const port = open(host, { port: 53 });
  const payload = emitUdp({ from: 9, to: 53, payload: utf8("hello") }, ip("10.0.0.2"), ip("10.0.0.1"));
  probe.sayIp({ protocol: PROTOCOL.udp, payload: payload.with(9, 0) });
  probe.sayIp({ protocol: PROTOCOL.udp, payload: payload.subarray(0, 7) });
  equal(host.counters.udpInErrors, 2);
  probe.sayIp({ protocol: PROTOCOL.udp, payload: payload.with(6, 0).with(7, 0) });
  deepEqual(received(port), ["hello"]);
});

test("who has an address hears what is for it, who has all the rest", () => {
  const { host, probe } = acquainted({ address: ["10.0.0.1/24", "10.0.0.7/24"] });
  const [one, seven] = [
    open(host, { address: ip("10.0.0.1"), port: 53 }),
    open(host, { address: ip("10.0.0.7"), port: 53 }),
  ];
  const all = open(host, { port: 54 });
  say(probe, "to 1", 53, "10.0.0.1");
  say(probe, "to 7", 53, "10.0.0.7");
  say(probe, "to 7, 54", 54, "10.0.0.7");
  deepEqual([received(one), received(seven), received(all)], [["to 1"], ["to 7"], ["to 7, 54"]]);
});

for (const destination of ["255.255.255.255", "10.0.0.255", "224.0.0.1"]) {
  test(`what is for ${destination} is for all who have the port`, () => {
    const { host, probe } = acquainted({ address: ["10.0.0.1/24", "10.0.0.7/24"] });
    const [one, seven] = [
      open(host, { address: ip("10.0.0.1"), port: 53 }),
      open(host, { address: ip("10.0.0.7"), port: 53 }),
    ];
    say(probe, "all", 53, destination, destination === "224.0.0.1" ? 0x01_00_5e_00_00_01 : BROADCAST);
    equal(one.receive()?.to, ip(destination));
    deepEqual(received(seven), ["all"]);
  });
}

const OPENED: [what: string, first: UdpOptions, second: UdpOptions, result: string][] = [
  ["the same port", { port: 53 }, { port: 53 }, "EADDRINUSE"],
  ["all after one", { address: ip("10.0.0.1"), port: 53 }, { port: 53 }, "EADDRINUSE"],
  ["one after all", { port: 53 }, { address: ip("10.0.0.1"), port: 53 }, "EADDRINUSE"],
  ["another address", { address: ip("10.0.0.1"), port: 53 }, { address: ip("127.0.0.1"), port: 53 }, "open"],
  ["another port", { port: 53 }, { port: 54 }, "open"],
  ["somebody else's address", { port: 53 }, { address: ip("10.0.0.2"), port: 54 }, "EADDRNOTAVAIL"],
];

for (const [what, first, second, result] of OPENED) {
  test(`${what}: ${result}`, () => {
    const { host } = acquainted();
    open(host, first);
    const port = host.udp.open(second);
    equal(typeof port === "string" ? port : "open", result);
  });
}

test("a port that is closed may be opened again, and those beside it stay open", () => {
  const { host, probe } = acquainted();
  const port = open(host, { address: ip("10.0.0.1"), port: 53 });
  const home = open(host, { address: ip("127.0.0.1"), port: 53 });
  port.close();
  say(probe, "?", 53);
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable 3"]);
  open(host, { address: ip("10.0.0.1"), port: 53 });
  home.close();
  equal(host.udp.open({ address: ip("10.0.0.1"), port: 53 }), "EADDRINUSE");
});

test("ports that are none are a mistake", () => {
  const { host } = acquainted();
  for (const port of [-1, 65_536, 1.5, NaN]) throws(() => host.udp.open({ port }), RangeError);
});

test("when all ports are taken there is none", () => {
  const { host } = acquainted();
  for (let port = 32_768; port < 65_535; port++) open(host, { port });
  equal(open(host).port, 65_535);
  equal(host.udp.open(), "EADDRINUSE");
  ok(typeof host.udp.open({ port: 53 }) !== "string");
});

test("the largest datagram goes in fragments, one larger not at all", async () => {
  const { net, a, b } = await two();
  const server = open(b, { port: 53 });
  const client = open(a);
  const largest = new Uint8Array(65_507).map((_, i) => i);
  equal(client.send(largest, ip("10.0.0.2"), 53), undefined);
  equal(client.send(new Uint8Array(65_508), ip("10.0.0.2"), 53), "EMSGSIZE");
  equal(client.send(new Uint8Array(1473), ip("10.0.0.2"), 53, { dontFragment: true }), "EMSGSIZE");
  await net.pass(10);
  deepEqual(server.receive()?.bytes, largest);
});

test("where no route leads nothing is sent", () => {
  const { host } = acquainted();
  equal(open(host).send(utf8("a"), ip("9.9.9.9"), 53), "ENETUNREACH");
});

test("who speaks to everybody must have asked for the right to", () => {
  const { host, probe } = acquainted();
  const [shy, loud] = [open(host), open(host, { mayBroadcast: true })];
  for (const to of ["255.255.255.255", "10.0.0.255"]) {
    equal(shy.send(utf8("a"), ip(to), 53), "EACCES");
    equal(loud.send(utf8("a"), ip(to), 53), undefined);
  }
  equal(probe.heard().length, 2);
});

test("what goes to a group stays on the cable, unless it is said otherwise", () => {
  const { host, probe } = acquainted();
  const port = open(host);
  port.send(utf8("a"), ip("224.0.0.251"), 5353);
  port.send(utf8("a"), ip("224.0.0.251"), 5353, { ttl: 9, tos: 4 });
  port.send(utf8("a"), ip("10.0.0.2"), 5353);
  deepEqual(
    probe.packets().map(({ ttl, tos }) => [ttl, tos]),
    [
      [1, 0],
      [9, 4],
      [64, 0],
    ],
  );
});

test("it speaks by its address, or by that of the way", () => {
  const { host, probe, one } = acquainted({ address: ["10.0.0.1/24", "10.0.0.7/24"] });
  defaultRoute(host, "10.0.0.2", one);
  open(host, { address: ip("10.0.0.7") }).send(utf8("a"), ip("8.8.8.8"), 53);
  open(host).send(utf8("a"), ip("8.8.8.8"), 53);
  deepEqual(
    probe.packets().map(({ source }) => source),
    [ip("10.0.0.7"), ip("10.0.0.1")],
  );
});

test("a port at the other end that is closed is heard of", async () => {
  const { net, a } = await two();
  const client = open(a);
  let changes = 0;
  client.onChange = () => changes++;
  client.send(utf8("a"), ip("10.0.0.2"), 53);
  await net.pass(10);
  deepEqual(client.failure(), {
    failure: { code: "ECONNREFUSED", isHard: true, mtu: 0, from: ip("10.0.0.2") },
    address: ip("10.0.0.2"),
    port: 53,
  });
  deepEqual([changes, client.failure()], [1, undefined]);
});

test("one that is not there is heard of, too", async () => {
  const { net, a } = await two();
  const client = open(a);
  client.send(utf8("a"), ip("10.0.0.9"), 53);
  await net.pass(3000);
  equal(client.failure()?.failure.code, "EHOSTUNREACH");
});

test("of a datagram in fragments that nobody has answered for, only the first says whose it was: the last may be two bytes", async () => {
  const { net, a } = await two();
  const [client, other] = [open(a), open(a, { port: 0x0707 })];
  client.send(new Uint8Array(1480 - 8 + 2).fill(7), ip("10.0.0.9"), 53);
  client.send(new Uint8Array(1480 - 8 + 100).fill(7), ip("10.0.0.9"), 53);
  await net.pass(3000);
  deepEqual(
    [client.failure()?.port, client.failure()?.port, client.failure(), other.failure()],
    [53, 53, undefined, undefined],
  );
});

test("what is made up about a port that nobody has is for nobody", () => {
  const { host, probe } = acquainted();
  const port = open(host, { port: 5000 });
  const failing = (from: number): void => {
    const payload = emitUdp({ from, to: 53, payload: utf8("a") }, ip("10.0.0.1"), ip("10.0.0.9"));
    const ends = { source: ip("10.0.0.1"), destination: ip("10.0.0.9"), protocol: PROTOCOL.udp };
    const original = emitIpv4Packet(ipv4Packet({ ...ends, payload }));
    probe.sayIp({ protocol: PROTOCOL.icmp, payload: emitIcmp({ kind: "unreachable", code: 3, mtu: 0, original }) });
  };
  failing(5001);
  equal(port.failure(), undefined);
  failing(5000);
  equal(port.failure()?.port, 53);
});

test("a queue that nobody reads is bounded", () => {
  const { host, probe } = acquainted();
  const port = open(host, { port: 53 });
  for (let i = 0; i < 2000; i++) say(probe, "x".repeat(1000), 53);
  equal(received(port).length, 169);
  equal(host.counters.udpInOverflows, 2000 - 169);
});

test("whatever is sent arrives as it was sent", async () => {
  const { net, a, b } = await two();
  const server = open(b, { port: 53 });
  const client = open(a);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
      client.send(bytes, ip("10.0.0.2"), 53);
      await net.pass(5);
      deepEqual(server.receive()?.bytes, bytes);
    }),
    { numRuns: 50 },
  );
});

test("one frame has it all: ports, length and checksum", () => {
  const { host, probe } = acquainted();
  open(host, { port: 5000 }).send(utf8("hello"), ip("10.0.0.2"), 53);
  const [{ payload } = {} as never] = probe.packets();
  deepEqual(payload, emitUdp({ from: 5000, to: 53, payload: utf8("hello") }, ip("10.0.0.1"), ip("10.0.0.2")));
});
