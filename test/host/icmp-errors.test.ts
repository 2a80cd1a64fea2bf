import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { emitIcmp, parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { acquainted, ip } from "./network.ts";

/** To a protocol that nobody speaks. */
const STRANGE: Partial<Ipv4Packet> = { protocol: 99, payload: Uint8Array.from({ length: 1000 }, (_, i) => i) };

function quoted(packet: Ipv4Packet): Uint8Array {
  const message = parseIcmp(packet.payload);
  ok(message !== undefined && "original" in message);
  return message.original;
}

test("an error has the packet's header as it was, and as much of the rest as 576 bytes allow", () => {
  const { probe } = acquainted();
  probe.sayIp({
    ...STRANGE,
    ttl: 7,
    identification: 9,
    tos: 4,
    dontFragment: true,
    options: Uint8Array.of(148, 4, 0, 0),
  });
  const [error] = probe.packets();
  equal(emitIpv4Packet(error!).length, 576);
  const sent = ipv4Packet({
    ...STRANGE,
    source: ip("10.0.0.2"),
    destination: ip("10.0.0.1"),
    ttl: 7,
    identification: 9,
  });
  const whole = emitIpv4Packet({ ...sent, tos: 4, dontFragment: true, options: Uint8Array.of(148, 4, 0, 0) });
  deepEqual(quoted(error!), whole.subarray(0, 548));
  deepEqual([error!.tos, error!.ttl], [0, 64]);
});

test("of a short packet all is quoted", () => {
  const { probe } = acquainted();
  probe.sayIp({ protocol: 99, payload: Uint8Array.of(1, 2, 3) });
  equal(quoted(probe.packets()[0]!).length, 23);
});

const about = (kind: "unreachable" | "time exceeded"): Uint8Array =>
  emitIcmp(
    kind === "unreachable"
      ? { kind, code: 3, mtu: 0, original: new Uint8Array(28) }
      : { kind, code: 0, original: new Uint8Array(28) },
  );

/** RFC 1122 §3.2.2, line by line. */
const SILENCE: [what: string, fields: Partial<Ipv4Packet>, destination?: number][] = [
  ["an ICMP error", { protocol: PROTOCOL.icmp, payload: about("unreachable"), ttl: 1, destination: ip("10.0.1.2") }],
  ["another one", { protocol: PROTOCOL.icmp, payload: about("time exceeded"), ttl: 1, destination: ip("10.0.1.2") }],
  [
    "an ICMP message of no known type",
    { protocol: PROTOCOL.icmp, payload: new Uint8Array(8).fill(200), ttl: 1, destination: ip("10.0.1.2") },
  ],
  ["a packet to everybody", { ...STRANGE, destination: ip("255.255.255.255") }, BROADCAST],
  ["a packet to everybody here", { ...STRANGE, destination: ip("10.0.0.255") }, BROADCAST],
  ["one that came so in a frame to us", { ...STRANGE, destination: ip("10.0.0.255") }],
  ["a packet to a group", { ...STRANGE, destination: ip("224.0.0.1") }, 0x01_00_5e_00_00_01],
  ["a frame to everybody", STRANGE, BROADCAST],
  ["a fragment that is not the first", { ...STRANGE, fragmentOffset: 8, ttl: 1, destination: ip("10.0.1.2") }],
  ["a packet from nobody", { ...STRANGE, source: 0 }],
  ["a packet from ourselves", { ...STRANGE, source: ip("127.0.0.1") }],
  ["a packet from everybody", { ...STRANGE, source: ip("255.255.255.255") }],
  ["a packet from everybody here", { ...STRANGE, source: ip("10.0.0.255") }],
  ["a packet from a group", { ...STRANGE, source: ip("224.0.0.1") }],
  ["a packet from the reserved", { ...STRANGE, source: ip("240.0.0.1") }],
];

for (const [what, fields, destination] of SILENCE) {
  test(`nothing is said about ${what}`, () => {
    const { probe } = acquainted({ isRouter: true });
    probe.sayIp(fields, destination);
    deepEqual(probe.heard(), []);
  });
}

test("something is said about an echo request", () => {
  const { probe } = acquainted({ isRouter: true });
  const payload = emitIcmp({ kind: "echo request", code: 0, identifier: 1, sequence: 1, payload: new Uint8Array(0) });
  probe.sayIp({ protocol: PROTOCOL.icmp, payload, ttl: 1, destination: ip("10.0.1.2") });
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable"]);
});

test("something is said about a first fragment", () => {
  const { probe } = acquainted({ isRouter: true });
  probe.sayIp({ ...STRANGE, moreFragments: true, ttl: 1, destination: ip("10.0.1.2") });
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable"]);
});

test("of a flood, some are told; how many exactly, nobody can count on", async () => {
  const { net, host, probe } = acquainted();
  const flood = (): number => {
    for (let i = 0; i < 1000; i++) probe.sayIp(STRANGE);
    return probe.heard().length;
  };
  const first = flood();
  ok(first >= 15 && first <= 50, `${first} at once`);
  equal(host.counters.icmpOutLimited, 1000 - first);
  await net.pass(10);
  const second = flood();
  ok(second >= 3 && second <= 12, `${second} after ten milliseconds`);
});
