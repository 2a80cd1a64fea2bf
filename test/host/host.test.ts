import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { printCounters } from "../../src/host/counters.ts";
import { fragments } from "../../src/host/fragment.ts";
import type { Host } from "../../src/host/host.ts";
import type { PingResult } from "../../src/host/ping.ts";
import { Pair } from "../../src/link/pair.ts";
import { ARP, emitArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet } from "../../src/wire/ethernet.ts";
import { emitIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { acquainted, defaultRoute, ip, mac, Network, Probe } from "./network.ts";

const pinged = (host: Host, to: string, options = {}): PingResult[] => {
  const results: PingResult[] = [];
  host.icmp.ping(ip(to), options, (result) => results.push(result));
  return results;
};

test("four machines on a switch reach each other, and themselves", async () => {
  const net = new Network();
  const hosts = ["a", "b", "c", "d"].map((name) => net.host(name));
  net.lan(...hosts);
  const all = hosts.flatMap((host) => [1, 2, 3, 4].map((n) => pinged(host, `10.0.0.${n}`)));
  await net.pass(100);
  deepEqual(new Set(all.map(([result]) => result?.kind)), new Set(["reply"]));
});

test("two that have no time between them, and no patience, do", () => {
  const net = new Network();
  const pair = new Pair();
  const [a, b] = [net.host("a"), net.host("b")];
  a.attach(pair.a, { address: "10.0.0.1/24" });
  b.attach(pair.b, { address: "10.0.0.2/24" });
  const results = pinged(a, "10.0.0.2", { size: 50_000 });
  while (pair.deliver() > 0);
  equal(results[0]?.kind, "reply");
});

test("frames that answer each other at once, within each other's sending, are handled one by one", () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  const [left, right] = [new Probe(), new Probe()];
  const giveTo = (far: Probe) => (frame: Uint8Array) => {
    far.onFrame?.(frame);
    return true;
  };
  left.send = giveTo(right);
  right.send = giveTo(left);
  a.attach(left, { address: "10.0.0.1/24" });
  b.attach(right, { address: "10.0.0.2/24" });
  const ports = [a, b].map((host) => host.udp.open({ port: 7 }));
  let hops = 0;
  let depth = 0;
  for (const port of ports) {
    ok(typeof port !== "string");
    port.onChange = () => {
      depth += 1;
      ok(depth <= 2);
      for (let one = port.receive(); one !== undefined; one = port.receive()) {
        if (++hops < 10_000) port.send(one.bytes, one.address, one.port);
      }
      depth -= 1;
    };
  }
  const [first] = ports;
  ok(first !== undefined && typeof first !== "string");
  first.send(utf8("ball"), ip("10.0.0.2"), 7);
  equal(hops, 10_000);
});

test("a machine that does nothing waits for nothing", async () => {
  const { net, host } = acquainted();
  await net.pass(3_600_000);
  equal(host.deadlines.size, 0);
});

test("a machine on two networks is on both, and joins them only if it is a router", async () => {
  for (const isRouter of [false, true]) {
    const net = new Network();
    const [a, b, middle] = [net.host("a"), net.host("b"), net.host("middle", isRouter)];
    const [one] = net.cable(a, "10.0.0.1/24", middle, "10.0.0.2/24");
    const [, other] = net.cable(middle, "10.0.1.2/24", b, "10.0.1.1/24");
    defaultRoute(a, "10.0.0.2", one);
    defaultRoute(b, "10.0.1.2", other);
    const near = pinged(a, "10.0.1.2");
    const far = pinged(a, "10.0.1.1");
    await net.pass(1000);
    deepEqual([near[0]?.kind, far[0]?.kind], ["reply", isRouter ? "reply" : "silence"]);
  }
});

test("a closed machine is silent", async () => {
  const { net, host, probe } = acquainted();
  const results = pinged(host, "10.0.0.9");
  probe.heard();
  host.close();
  await net.pass(10_000);
  deepEqual([probe.heard(), results, probe.isOpen], [[], [], false]);
});

/** Frames of all kinds, good ones. */
const GOOD: Uint8Array[] = [
  frame(
    ETHERTYPE.arp,
    emitArp({
      operation: ARP.request,
      sender: ip("10.0.0.2"),
      senderMac: mac(2),
      target: ip("10.0.0.1"),
      targetMac: 0,
    }),
  ),
  frame(
    ETHERTYPE.arp,
    emitArp({
      operation: ARP.reply,
      sender: ip("10.0.0.2"),
      senderMac: mac(2),
      target: ip("10.0.0.1"),
      targetMac: mac(1),
    }),
  ),
  packet(
    PROTOCOL.icmp,
    emitIcmp({ kind: "echo request", code: 0, identifier: 1, sequence: 2, payload: utf8("hello") }),
  ),
  packet(PROTOCOL.icmp, emitIcmp({ kind: "unreachable", code: 3, mtu: 0, original: quoted() })),
  packet(PROTOCOL.icmp, emitIcmp({ kind: "unreachable", code: 4, mtu: 600, original: quoted() })),
  packet(PROTOCOL.icmp, emitIcmp({ kind: "time exceeded", code: 0, original: quoted() })),
  packet(PROTOCOL.icmp, emitIcmp({ kind: "parameter problem", code: 0, pointer: 1, original: quoted() })),
  packet(PROTOCOL.udp, emitUdp({ from: 9, to: 53, payload: utf8("hello") }, ip("10.0.0.2"), ip("10.0.0.1"))),
  packet(99, utf8("hello")),
  ...fragments(
    ipv4Packet({ source: ip("10.0.0.2"), destination: ip("10.0.0.1"), payload: new Uint8Array(100) }),
    68,
  ).map((one) => frame(ETHERTYPE.ipv4, emitIpv4Packet(one))),
  frame(
    ETHERTYPE.ipv4,
    emitIpv4Packet(
      ipv4Packet({ source: ip("10.0.0.2"), destination: ip("8.8.8.8"), options: Uint8Array.of(148, 4, 0, 0) }),
    ),
  ),
];

function frame(type: number, payload: Uint8Array, destination = mac(1)): Uint8Array {
  return emitEthernet({ destination, source: mac(2), type, payload });
}

function packet(protocol: number, payload: Uint8Array): Uint8Array {
  return frame(
    ETHERTYPE.ipv4,
    emitIpv4Packet(ipv4Packet({ protocol, payload, source: ip("10.0.0.2"), destination: ip("10.0.0.1") })),
  );
}

function quoted(): Uint8Array {
  const payload = emitUdp({ from: 53, to: 9, payload: utf8("hello") }, ip("10.0.0.1"), ip("10.0.0.2"));
  const ends = { source: ip("10.0.0.1"), destination: ip("10.0.0.2"), dontFragment: true };
  return emitIpv4Packet(ipv4Packet({ ...ends, protocol: PROTOCOL.udp, payload }));
}

/** A router that also has a port open. */
function target() {
  const all = acquainted({ isRouter: true });
  all.host.udp.open({ port: 53 });
  defaultRoute(all.host, "10.0.0.2", all.one);
  return all;
}

test("random frames make nobody throw", async () => {
  const { net, host, probe } = target();
  const to = fc.constantFrom(mac(1), BROADCAST);
  const type = fc.constantFrom(ETHERTYPE.arp, ETHERTYPE.ipv4, ETHERTYPE.ipv6, 0x1234);
  await fc.assert(
    fc.asyncProperty(to, type, fc.uint8Array({ maxLength: 200 }), async (to, type, payload) => {
      probe.onFrame?.(frame(type, payload, to));
      probe.onFrame?.(payload.slice());
      probe.frames.length = 0;
    }),
    { numRuns: 2000 },
  );
  await net.pass(700_000);
  equal(host.deadlines.size, 0);
});

test("good frames with some bytes changed, cut or repeated make nobody throw", async () => {
  const { net, host, probe } = target();
  const change = fc.record({
    which: fc.nat(GOOD.length - 1),
    bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    cut: fc.option(fc.nat(), { nil: undefined }),
    fixes: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 10 }), async (changes) => {
      for (const { which, bytes, cut, fixes } of changes) {
        const whole = GOOD[which]!;
        const damaged = whole.slice(0, cut === undefined ? whole.length : cut % whole.length);
        for (const [at, byte] of bytes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
        if (fixes) fixChecksum(damaged);
        probe.onFrame?.(damaged);
      }
      probe.frames.length = 0;
    }),
    { numRuns: 2000 },
  );
  await net.pass(700_000);
  equal(host.deadlines.size, 0);
  ok(printCounters(host.counters).includes("ipForwDatagrams"));
});

/** Lets a damaged packet get past the first check. */
function fixChecksum(bytes: Uint8Array): void {
  if (bytes.length < 34 || bytes[12] !== 8 || bytes[13] !== 0) return;
  const length = Math.min((bytes[14]! & 0xf) * 4, bytes.length - 14);
  bytes[24] = bytes[25] = 0;
  let sum = 0;
  for (let at = 14; at < 14 + length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes[24] = (~sum >> 8) & 0xff;
  bytes[25] = ~sum & 0xff;
}

test("a scan through a router for a network full of nobody costs it a bounded amount", async () => {
  const { net, host, probe } = acquainted({ isRouter: true });
  const far = new Probe();
  const other = host.attach(far, { address: "10.1.0.1/16" });
  for (let n = 2; n < 20_000; n++) {
    probe.sayIp({ destination: ip("10.1.0.0") + n, protocol: 17, payload: new Uint8Array(64) });
    far.frames.length = probe.frames.length = 0;
  }
  const { neighbours } = other.arp!;
  ok(
    neighbours.size <= 1024 && neighbours.queued <= 1024 * 1024,
    `${neighbours.size} neighbours, ${neighbours.queued} bytes`,
  );
  await net.pass(10_000);
  deepEqual([neighbours.size, neighbours.queued, host.deadlines.size <= 1], [0, 0, true]);
});

test("a machine that is busy with somebody's fragments still hears others", () => {
  const { host, probe } = acquainted();
  const port = host.udp.open({ port: 53 });
  ok(typeof port !== "string");
  const [first] = fragments(ipv4Packet({ payload: new Uint8Array(3000) }), 1500);
  for (let n = 0; n < 5000; n++) {
    probe.sayIp({ ...first!, source: ip("10.0.0.66"), destination: ip("10.0.0.1"), identification: n });
  }
  const payload = emitUdp({ from: 9, to: 53, payload: new Uint8Array(3000) }, ip("10.0.0.2"), ip("10.0.0.1"));
  const whole = ipv4Packet({ protocol: PROTOCOL.udp, source: ip("10.0.0.2"), destination: ip("10.0.0.1"), payload });
  for (const one of fragments(whole, 1500)) probe.sayIp(one);
  equal(port.receive()?.bytes.length, 3000);
  ok(host.counters.ipReasmFails > 4000);
});
