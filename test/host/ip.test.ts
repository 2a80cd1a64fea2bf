import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../../src/host/host.ts";
import { HEADROOM } from "../../src/host/ip.ts";
import type { Failure } from "../../src/host/protocol.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";
import { acquainted, defaultRoute, ip, mac, Network, Probe, probed } from "./network.ts";

/** Sends that many bytes, all the same. */
function send(
  host: Host,
  to: string,
  { length = 4, fill = 7, from = "10.0.0.1", ttl = 64, tos = 0, whole = false } = {},
) {
  const frame = host.ip.take(length, ip(to));
  frame.fill(fill, HEADROOM, HEADROOM + length);
  return host.ip.send(frame, length, 253, ip(from), ip(to), ttl, tos, whole);
}

/** A protocol that writes down what it hears. */
function listen(host: Host, protocol = 253) {
  const heard: string[] = [];
  host.ip.handle(protocol, {
    receive: (payload, { source }) =>
      void heard.push(`${payload.length} from ${source === ip("10.0.0.1") ? "us" : "them"}`),
    failed: (failure: Failure, payload) => heard.push(`${failure.code} about ${payload.length}`) > 0,
    flush() {},
  });
  return heard;
}

test("a packet has the fields that it was sent with", () => {
  const { host, probe } = acquainted();
  equal(send(host, "10.0.0.2", { ttl: 9, tos: 0x10, whole: true }), undefined);
  const [{ source, destination, ttl, tos, dontFragment, identification, payload } = {} as never] = probe.packets();
  deepEqual([source, destination, ttl, tos], [ip("10.0.0.1"), ip("10.0.0.2"), 9, 0x10]);
  deepEqual([dontFragment, identification, payload], [true, 0, Uint8Array.of(7, 7, 7, 7)]);
});

test("packets that may be cut have numbers, one after the other", () => {
  const { host, probe } = acquainted();
  send(host, "10.0.0.2");
  send(host, "10.0.0.2");
  const [first, second] = probe.packets();
  equal((second!.identification - first!.identification) & 0xffff, 1);
});

test("where no route leads, nothing is sent", () => {
  const { host, probe } = probed();
  equal(send(host, "11.0.0.1"), "ENETUNREACH");
  deepEqual([probe.heard(), host.counters.ipOutNoRoutes, host.ip.mtuTo(ip("11.0.0.1"))], [[], 1, 0]);
  equal(host.ip.sourceFor(ip("11.0.0.1")), undefined);
});

const NOWHERE = ["0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.254"];

for (const to of NOWHERE) {
  test(`nothing is sent to ${to}, even where everything has a route`, () => {
    const { host, one, probe } = acquainted();
    defaultRoute(host, "10.0.0.2", one);
    equal(send(host, to), "ENETUNREACH");
    deepEqual(probe.heard(), []);
  });
}

test("127.0.0.1 speaks to nobody but ourselves", () => {
  const { host, probe } = acquainted();
  equal(send(host, "10.0.0.2", { from: "127.0.0.1" }), "ENETUNREACH");
  deepEqual(probe.heard(), []);
  equal(send(host, "10.0.0.1", { from: "127.0.0.1" }), undefined);
});

test("what is too large is cut, or refused", () => {
  const { host, probe } = acquainted();
  equal(send(host, "10.0.0.2", { length: 3000 }), undefined);
  const parts = probe.packets();
  deepEqual(
    parts.map(({ fragmentOffset, payload, moreFragments }) => [fragmentOffset, payload.length, moreFragments]),
    [
      [0, 1480, true],
      [1480, 1480, true],
      [2960, 40, false],
    ],
  );
  equal(new Set(parts.map(({ identification }) => identification)).size, 1);
  equal(send(host, "10.0.0.2", { length: 1481, whole: true }), "EMSGSIZE");
  equal(send(host, "10.0.0.2", { length: 1480, whole: true }), undefined);
  equal(send(host, "10.0.0.2", { length: 65_516 }), "EMSGSIZE");
  equal(probe.packets().length, 1);
});

test("what goes by way of a router is handed to it", () => {
  const { host, one, probe } = acquainted();
  defaultRoute(host, "10.0.0.2", one);
  send(host, "8.8.8.8");
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 8.8.8.8 protocol 253, 4 bytes"]);
});

test("broadcasts and groups go to everybody on the cable, without asking", () => {
  const { host, probe } = probed();
  for (const to of ["255.255.255.255", "10.0.0.255", "224.0.0.251"]) equal(send(host, to), undefined);
  deepEqual(probe.heard(), [
    "to all: 10.0.0.1 > 255.255.255.255 protocol 253, 4 bytes",
    "to all: 10.0.0.1 > 10.0.0.255 protocol 253, 4 bytes",
    "to fb: 10.0.0.1 > 224.0.0.251 protocol 253, 4 bytes",
  ]);
});

test("with several cables, a broadcast is on that of its source", () => {
  const host = new Network().host("a");
  const [left, right] = [new Probe(), new Probe()];
  host.attach(left, { address: "10.0.0.1/24" });
  host.attach(right, { address: "10.0.1.1/24" });
  left.heard();
  right.heard();
  send(host, "255.255.255.255", { from: "10.0.1.1" });
  send(host, "224.0.0.251", { from: "10.0.0.1" });
  send(host, "255.255.255.255", { from: "9.9.9.9" });
  equal(left.heard().length, 2);
  equal(right.heard().length, 1);
  equal(host.ip.sourceFor(ip("255.255.255.255")), ip("10.0.0.1"));
});

test("a machine without a cable cannot broadcast, and can talk to itself", () => {
  const host = new Network().host("a");
  equal(send(host, "255.255.255.255"), "ENETUNREACH");
  equal(send(host, "127.0.0.1", { from: "127.0.0.1" }), undefined);
});

const SOURCES: [destination: string, source: string][] = [
  ["10.0.0.7", "10.0.0.1"],
  ["10.0.1.7", "10.0.1.1"],
  ["8.8.8.8", "10.0.1.1"],
  ["127.0.0.9", "127.0.0.1"],
  ["10.0.0.1", "10.0.0.1"],
  ["10.0.1.1", "10.0.1.1"],
];

for (const [destination, source] of SOURCES) {
  test(`to ${destination} one speaks as ${source}`, () => {
    const host = new Network().host("a");
    host.attach(new Probe(), { address: "10.0.0.1/24" });
    defaultRoute(host, "10.0.1.9", host.attach(new Probe(), { address: "10.0.1.1/24" }));
    equal(host.ip.sourceFor(ip(destination)), ip(source));
  });
}

test("which addresses are ours", () => {
  const { host } = probed();
  deepEqual([host.ip.isOwn(ip("10.0.0.1")), host.ip.isOwn(ip("127.0.0.1"))], [true, false]);
  deepEqual([host.ip.isLocal(ip("127.0.0.1")), host.ip.isLocal(ip("10.0.0.2"))], [true, false]);
});

test("an address whose network is itself alone is still ours", () => {
  const { host } = probed({ address: "10.0.0.1/32" });
  const heard = listen(host);
  send(host, "10.0.0.1");
  deepEqual(heard, ["4 from us"]);
});

test("a packet to a silent neighbour comes back to its sender", async () => {
  const { net, host } = probed();
  const heard = listen(host);
  send(host, "10.0.0.9");
  await net.pass(3000);
  deepEqual(heard, ["EHOSTUNREACH about 4"]);
  equal(host.counters.ipOutDiscards, 1);
});

test("where two routers are and one is silent, the other takes over", async () => {
  const { net, host, one, probe } = acquainted();
  defaultRoute(host, "10.0.0.9", one);
  defaultRoute(host, "10.0.0.2", one);
  send(host, "8.8.8.8");
  await net.pass(3000);
  probe.heard();
  send(host, "8.8.8.8");
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 8.8.8.8 protocol 253, 4 bytes"]);
});

test("who doubts that a packet has arrived makes the next hop be asked", () => {
  const { host, one, probe } = acquainted();
  host.routes.add({ prefix: parsePrefix("8.0.0.0/8")!, via: ip("10.0.0.2"), interface: one });
  host.clock.now = () => 5000;
  send(host, "8.8.8.8");
  equal(probe.heard().length, 1);
  host.ip.doubt(ip("8.8.8.8"));
  host.ip.doubt(ip("9.9.9.9"));
  send(host, "8.8.8.8");
  deepEqual(probe.heard(), [
    "to 02: who has 10.0.0.2? tell 10.0.0.1",
    "to 02: 10.0.0.1 > 8.8.8.8 protocol 253, 4 bytes",
  ]);
  probe.sayIsAt();
  send(host, "8.8.8.8");
  equal(probe.heard().length, 1);
  equal(one.arp?.neighbours.get(ip("10.0.0.2"))?.mac, mac(2));
});

test("a neighbour that comes back under another MAC address is found again", async () => {
  const { net, host, probe } = acquainted();
  send(host, "10.0.0.2");
  await net.pass(700_000);
  probe.heard();
  send(host, "10.0.0.2");
  probe.sayIsAt("10.0.0.2", mac(7));
  send(host, "10.0.0.2");
  deepEqual(probe.heard(), [
    "to all: who has 10.0.0.2? tell 10.0.0.1",
    "to 07: 10.0.0.1 > 10.0.0.2 protocol 253, 4 bytes",
    "to 07: 10.0.0.1 > 10.0.0.2 protocol 253, 4 bytes",
  ]);
});

test("a frame is taken as long as the link wants it", () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24");
  equal(a.ip.take(100, ip("10.0.0.2")).length, HEADROOM + 100 + 4);
  equal(a.ip.take(1, ip("10.0.0.2")).length, 64);
  equal(a.ip.take(1, ip("127.0.0.1")).length, HEADROOM + 1);
  equal(a.ip.take(1, ip("9.9.9.9")).length, HEADROOM + 1);
});
