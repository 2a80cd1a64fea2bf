import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../../src/host/host.ts";
import { HEADROOM } from "../../src/host/ip.ts";
import type { PingResult } from "../../src/host/ping.ts";
import { sum } from "../../src/wire/checksum.ts";
import { ETHERTYPE } from "../../src/wire/ethernet.ts";
import { parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { acquainted, defaultRoute, describePacket, ip, mac, Network, Probe } from "./network.ts";

/** A router, 10.0.0.1 and 10.0.1.1, with a probe on either side; 10.0.0.2 and 10.0.1.2 are known to it. */
function routing(mtu = 1500) {
  const { net, host, probe, one } = acquainted({ isRouter: true });
  const far = new Probe(mtu);
  const other = host.attach(far, { address: "10.0.1.1/24", mac: mac(0x11) });
  host.icmp.ping(ip("10.0.1.2"), {}, () => {});
  const target = { target: ip("10.0.1.1"), targetMac: mac(0x11) };
  far.sayArp({ operation: 2, sender: ip("10.0.1.2"), senderMac: mac(0x12), ...target }, mac(0x11));
  far.heard();
  return { net, host, near: probe, far, one, other };
}

const THROUGH = { destination: ip("10.0.1.2"), protocol: 253, payload: new Uint8Array(8).fill(5) };

test("a packet for the other side goes there, one hop older, with a checksum that fits", () => {
  const { near, far, host } = routing();
  near.sayIp({ ...THROUGH, ttl: 64, identification: 9, tos: 4 });
  const [packet] = far.packets();
  deepEqual(packet, ipv4Packet({ ...THROUGH, source: ip("10.0.0.2"), ttl: 63, identification: 9, tos: 4 }));
  equal(host.counters.ipForwDatagrams, 1);
  deepEqual(near.heard(), []);
});

test("for every TTL and protocol the adjusted checksum is the one that would be computed", () => {
  const { near, far } = routing();
  for (let ttl = 2; ttl < 256; ttl++) {
    near.sayIp({ ...THROUGH, ttl, protocol: (ttl * 7) & 0xff, identification: ttl * 251 });
    const bytes = far.frames.splice(0)[0]!.subarray(14);
    equal(sum(bytes, 0, 20), 0xffff);
    const packet = parseIpv4Packet(bytes)!;
    equal(packet.ttl, ttl - 1);
    deepEqual(bytes.subarray(0, 20), emitIpv4Packet(packet).subarray(0, 20));
  }
});

test("a host that is no router passes nothing on", () => {
  const { host, probe } = acquainted();
  const far = new Probe();
  host.attach(far, { address: "10.0.1.1/24" });
  far.heard();
  probe.sayIp(THROUGH);
  deepEqual([far.heard(), probe.heard(), host.counters.ipInAddrErrors], [[], [], 1]);
});

test("options go along", () => {
  const { near, far } = routing();
  near.sayIp({ ...THROUGH, options: Uint8Array.of(148, 4, 0, 0) });
  deepEqual(far.packets()[0]?.options, Uint8Array.of(148, 4, 0, 0));
});

for (const ttl of [0, 1]) {
  test(`with a TTL of ${ttl} it is over, and its sender hears`, () => {
    const { near, far } = routing();
    near.sayIp({ ...THROUGH, ttl });
    deepEqual(near.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 time exceeded"]);
    deepEqual(far.heard(), []);
  });
}

test("what is for the router itself is delivered, whatever its TTL and by whichever side", () => {
  const { near, host } = routing();
  near.sayIp({ destination: ip("10.0.1.1"), protocol: 99, ttl: 1 });
  deepEqual(near.heard(), ["to 02: 10.0.1.1 > 10.0.0.2 unreachable 2"]);
  equal(host.counters.ipForwDatagrams, 0);
});

test("where no route leads, the network is unreachable", () => {
  const { near } = routing();
  near.sayIp({ ...THROUGH, destination: ip("8.8.8.8") });
  deepEqual(near.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable"]);
});

test("where nobody answers, the host is unreachable", async () => {
  const { net, near } = routing();
  near.sayIp({ ...THROUGH, destination: ip("10.0.1.9") });
  await net.pass(3000);
  deepEqual(near.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable 1"]);
});

const NOT_FORWARDED: [what: string, fields: Partial<Ipv4Packet>, destination?: number][] = [
  ["to everybody", { destination: ip("255.255.255.255") }, BROADCAST],
  ["to everybody on the other side", { destination: ip("10.0.1.255") }],
  ["to everybody on the other side, as it was said once", { destination: ip("10.0.1.0") }],
  ["to everybody on this side", { destination: ip("10.0.0.0") }],
  ["to a group", { destination: ip("224.0.0.5") }],
  ["to the reserved", { destination: ip("240.0.0.1") }],
  ["to nobody", { destination: ip("0.0.0.1") }],
  ["to ourselves", { destination: ip("127.0.0.1") }],
  ["to neighbours on some cable", { destination: ip("169.254.0.1") }],
  ["from neighbours on some cable", { source: ip("169.254.0.1") }],
  ["from nobody", { source: ip("0.0.0.0") }],
  ["from a group", { source: ip("224.0.0.5") }],
  ["from ourselves", { source: ip("127.0.0.1") }],
  ["from everybody on this side", { source: ip("10.0.0.255") }],
  ["which came in a frame to everybody", {}, BROADCAST],
  ["with a source route", { options: Uint8Array.of(131, 3, 4, 0) }],
];

for (const [what, fields, destination] of NOT_FORWARDED) {
  test(`nothing is passed on ${what}, and nothing said`, () => {
    const { near, far, host } = routing();
    defaultRoute(host, "10.0.1.2", host.interfaces[2]!);
    near.sayIp({ ...THROUGH, ...fields }, destination);
    deepEqual([far.heard(), near.heard()], [[], []]);
  });
}

test("what is too large for the other side is cut", () => {
  const { near, far, host } = routing(576);
  near.sayIp({ ...THROUGH, payload: new Uint8Array(1000), ttl: 9 });
  const parts = far.packets();
  deepEqual(
    parts.map(({ fragmentOffset, payload, moreFragments, ttl }) => [
      fragmentOffset,
      payload.length,
      moreFragments,
      ttl,
    ]),
    [
      [0, 552, true, 8],
      [552, 448, false, 8],
    ],
  );
  deepEqual([host.counters.ipFragOKs, host.counters.ipFragCreates], [1, 2]);
});

test("what is too large and must not be cut is refused, with the size that would do", () => {
  const { near, far } = routing(576);
  near.sayIp({ ...THROUGH, payload: new Uint8Array(1000), dontFragment: true });
  const message = parseIcmp(near.packets()[0]!.payload);
  deepEqual([message?.kind, message?.code, message?.kind === "unreachable" && message.mtu], ["unreachable", 4, 576]);
  deepEqual(far.heard(), []);
});

test("a fragment that reaches behind the end of any packet is not cut into one that seems to be the first", () => {
  const { near, far, host } = routing(576);
  near.sayIp({ ...THROUGH, fragmentOffset: 65_528 - 552 + 8, payload: new Uint8Array(1000) });
  deepEqual([far.heard(), near.heard(), host.counters.ipFragFails], [[], [], 1]);
});

test("fragments are passed on as they are", () => {
  const { near, far } = routing();
  near.sayIp({ ...THROUGH, fragmentOffset: 800, moreFragments: true });
  deepEqual(far.packets().map(describePacket), ["10.0.0.2 > 10.0.1.2 fragment 800+"]);
});

test("what came by one cable may leave by it again", () => {
  const { near, far, host, one } = routing();
  defaultRoute(host, "10.0.0.2", one);
  near.sayIp({ ...THROUGH, destination: ip("8.8.8.8") });
  deepEqual(near.heard(), ["to 02: 10.0.0.2 > 8.8.8.8 protocol 253, 8 bytes"]);
  deepEqual(far.heard(), []);
});

/** a – r1 – r2 – r3 – b, each cable with an MTU of its own. */
function chain(mtus = [1500, 1500, 1500, 1500]) {
  const net = new Network();
  const a = net.host("a");
  const b = net.host("b");
  const routers = ["r1", "r2", "r3"].map((name) => net.host(name, true));
  const all = [a, ...routers, b];
  const ends = mtus.map((mtu, i) => net.cable(all[i]!, `10.0.${i}.1/24`, all[i + 1]!, `10.0.${i}.2/24`, { mtu }));
  defaultRoute(a, "10.0.0.2", ends[0]![0]);
  defaultRoute(b, "10.0.3.1", ends[3]![1]);
  for (const [i, router] of routers.entries()) {
    const last = i === routers.length - 1;
    for (let n = 0; n < i; n++) addRoute(router, `10.0.${n}.0/24`, `10.0.${i}.1`, ends[i]![1]);
    if (!last) defaultRoute(router, `10.0.${i + 1}.2`, ends[i + 1]![0]);
  }
  return { net, a, b, routers };
}

function addRoute(host: Host, prefix: string, via: string, through: Parameters<typeof defaultRoute>[2]): void {
  const [network, length] = prefix.split("/");
  const address = Uint8Array.from(network!.split(".").map(Number));
  host.routes.add({ prefix: { address, length: Number(length) }, via: ip(via), interface: through });
}

async function ping(net: Network, from: Host, to: string, options = {}): Promise<PingResult> {
  const results: PingResult[] = [];
  from.icmp.ping(ip(to), options, (result) => results.push(result));
  await net.pass(2000);
  equal(results.length, 1);
  return results[0]!;
}

test("a ping crosses three routers, and comes back", async () => {
  const { net, a } = chain();
  await ping(net, a, "10.0.3.2");
  deepEqual(await ping(net, a, "10.0.3.2"), {
    kind: "reply",
    from: ip("10.0.3.2"),
    milliseconds: 8,
    ttl: 61,
    size: 56,
  });
});

test("traceroute finds all three", async () => {
  const { net, a } = chain();
  const hops: string[] = [];
  for (let ttl = 1; ttl <= 4; ttl++) {
    const result = await ping(net, a, "10.0.3.2", { ttl });
    if (result.kind === "failed") hops.push(`${result.failure.code} from ${result.failure.from - ip("10.0.0.0")}`);
    else hops.push(result.kind);
  }
  deepEqual(hops, [
    `EHOSTUNREACH from ${ip("0.0.0.2")}`,
    `EHOSTUNREACH from ${ip("0.0.1.2")}`,
    `EHOSTUNREACH from ${ip("0.0.2.2")}`,
    "reply",
  ]);
});

test("path MTU discovery finds the narrowest cable, and forgets it after ten minutes", async () => {
  const { net, a } = chain([1500, 1400, 1500, 1000]);
  await ping(net, a, "10.0.3.2");
  equal(a.ip.mtuTo(ip("10.0.3.2")), 1500);
  const tried: (string | number)[] = [];
  for (let i = 0; i < 4; i++) {
    const size = a.ip.mtuTo(ip("10.0.3.2")) - 28;
    const result = await ping(net, a, "10.0.3.2", { size, dontFragment: true });
    tried.push(size + 28, result.kind === "failed" ? `${result.failure.code} ${result.failure.mtu}` : result.kind);
    if (result.kind === "reply") break;
  }
  deepEqual(tried, [1500, "EMSGSIZE 1400", 1400, "EMSGSIZE 1000", 1000, "reply"]);
  deepEqual(await ping(net, a, "10.0.3.2", { size: 1100, dontFragment: true }), {
    kind: "not sent",
    error: "EMSGSIZE",
  });
  equal(a.ip.mtuTo(ip("10.0.2.2")), 1500);
  await net.pass(600_000);
  equal(a.ip.mtuTo(ip("10.0.3.2")), 1500);
});

test("through the narrowest network that there is, what may not be cut is cut after all", async () => {
  const { net, a } = chain([1500, 500, 1500, 1500]);
  await ping(net, a, "10.0.3.2");
  const result = await ping(net, a, "10.0.3.2", { size: 1000, dontFragment: true });
  equal(result.kind === "failed" && result.failure.mtu, 552);
  equal((await ping(net, a, "10.0.3.2", { size: 520, dontFragment: true })).kind, "reply");
});

test("a large ping is cut where it must be, and put together at its ends only", async () => {
  const { net, a, routers } = chain([1500, 600, 1500, 1000]);
  await ping(net, a, "10.0.3.2");
  const result = await ping(net, a, "10.0.3.2", { size: 20_000 });
  equal(result.kind === "reply" && result.size, 20_000);
  for (const router of routers) equal(router.counters.ipReasmReqds, 0);
});

test("two routers that send a packet to each other do so until its hops are used up", async () => {
  const { net, a, routers } = chain();
  const result = await ping(net, a, "9.9.9.9", { timeout: 2000, ttl: 200 });
  ok(result.kind === "failed" && result.failure.code === "ENETUNREACH");
  // r3 has no default route; with one that leads back, it and r2 form a circle.
  defaultRoute(routers[2]!, "10.0.2.1", routers[2]!.interfaces[1]!);
  const again = await ping(net, a, "9.9.9.9", { timeout: 2000, ttl: 200 });
  ok(again.kind === "failed" && again.failure.code === "EHOSTUNREACH");
});

test("what is forwarded is not the adapter's memory", () => {
  const { near, far } = routing();
  const kept: Uint8Array[] = [];
  far.send = (frame) => kept.push(frame) > 0;
  const bytes = emitIpv4Packet(ipv4Packet({ ...THROUGH, source: ip("10.0.0.2") }));
  near.say(ETHERTYPE.ipv4, bytes);
  for (let i = 0; i < 10; i++) near.say(ETHERTYPE.ipv4, new Uint8Array(bytes.length).fill(0xee));
  deepEqual(kept[0]?.subarray(HEADROOM, HEADROOM + 8), THROUGH.payload);
});
