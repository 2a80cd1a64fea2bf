import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { fragments } from "../../src/host/fragment.ts";
import { ETHERTYPE } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { acquainted, describePacket, ip, mac } from "./network.ts";

/** Two protocols, one of which minds what is said to everybody. */
function listening(options: Parameters<typeof acquainted>[0] = {}) {
  const all = acquainted(options);
  const heard: string[] = [];
  for (const [protocol, takesBroadcasts] of [
    [253, false],
    [254, true],
  ] as const) {
    all.host.ip.handle(protocol, {
      takesBroadcasts,
      receive: (_, packet) => void heard.push(describePacket(packet)),
      failed: () => false,
      flush() {},
    });
  }
  return { ...all, heard };
}

const PAYLOAD = { protocol: 253, payload: new Uint8Array(8) };

test("a packet for us is handed to its protocol", () => {
  const { probe, heard, host } = listening();
  probe.sayIp(PAYLOAD);
  deepEqual(heard, ["10.0.0.2 > 10.0.0.1 protocol 253, 8 bytes"]);
  equal(host.counters.ipInDelivers, 1);
});

test("what a frame has behind the packet is not the packet's", () => {
  const { probe, heard } = listening();
  const bytes = emitIpv4Packet(ipv4Packet({ ...PAYLOAD, source: ip("10.0.0.2"), destination: ip("10.0.0.1") }));
  const padded = new Uint8Array(46).fill(9);
  padded.set(bytes);
  probe.say(ETHERTYPE.ipv4, padded);
  deepEqual(heard, ["10.0.0.2 > 10.0.0.1 protocol 253, 8 bytes"]);
});

const DAMAGED: [what: string, damage: (bytes: Uint8Array) => Uint8Array][] = [
  ["is of another version", (bytes) => bytes.fill(0x65, 0, 1)],
  ["has a header that is too short", (bytes) => bytes.fill(0x44, 0, 1)],
  ["has a wrong checksum", (bytes) => bytes.fill(63, 8, 9)],
  ["says it is longer than it is", (bytes) => bytes.subarray(0, 27)],
  ["has less than a header", (bytes) => bytes.subarray(0, 19)],
];

for (const [what, damage] of DAMAGED) {
  test(`a packet that ${what} is counted and dropped`, () => {
    const { probe, heard, host } = listening();
    const bytes = emitIpv4Packet(ipv4Packet({ ...PAYLOAD, source: ip("10.0.0.2"), destination: ip("10.0.0.1") }));
    probe.say(ETHERTYPE.ipv4, damage(bytes));
    deepEqual([heard, host.counters.ipInHdrErrors, probe.heard()], [[], 1, []]);
  });
}

const SOURCES = [
  "0.0.0.0",
  "0.0.0.5",
  "127.0.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "10.0.0.255",
  "10.0.0.1",
];

for (const source of SOURCES) {
  test(`nothing can have come from ${source}`, () => {
    const { probe, heard, host } = listening();
    probe.sayIp({ ...PAYLOAD, source: ip(source) });
    probe.sayIp({ protocol: 99, source: ip(source) });
    deepEqual([heard, host.counters.ipInAddrErrors, probe.heard()], [[], 2, []]);
  });
}

test("TTL is nothing that the last one minds", () => {
  const { probe, heard } = listening();
  probe.sayIp({ ...PAYLOAD, ttl: 1 });
  probe.sayIp({ ...PAYLOAD, ttl: 0 });
  equal(heard.length, 2);
});

const NOT_OURS = ["10.0.0.3", "8.8.8.8", "127.0.0.1", "0.0.0.0", "240.0.0.1", "224.0.0.5"];

for (const destination of NOT_OURS) {
  test(`a packet to ${destination} is not ours`, () => {
    const { probe, heard, host } = listening();
    probe.sayIp({ ...PAYLOAD, destination: ip(destination) });
    deepEqual([heard, host.counters.ipInAddrErrors, probe.heard()], [[], 1, []]);
  });
}

test("an address of ours is ours on each cable", () => {
  const { host, probe, heard } = listening({ address: ["10.0.0.1/24", "10.7.0.1/24"] });
  probe.sayIp({ ...PAYLOAD, destination: ip("10.7.0.1") });
  equal(heard.length, 1);
  equal(host.counters.ipInAddrErrors, 0);
});

for (const destination of ["255.255.255.255", "10.0.0.255", "224.0.0.1"]) {
  test(`what is said to ${destination} is for protocols that want it`, () => {
    const { probe, heard, host } = listening();
    probe.sayIp(
      { ...PAYLOAD, destination: ip(destination) },
      destination === "224.0.0.1" ? 0x01_00_5e_00_00_01 : BROADCAST,
    );
    deepEqual([heard, host.counters.ipInDiscards], [[], 1]);
    probe.sayIp(
      { ...PAYLOAD, protocol: 254, destination: ip(destination) },
      destination === "224.0.0.1" ? 0x01_00_5e_00_00_01 : BROADCAST,
    );
    deepEqual(heard, [`10.0.0.2 > ${destination} protocol 254, 8 bytes`]);
    deepEqual(probe.heard(), []);
  });
}

test("what was said to everybody, but is addressed to one, is a trap", () => {
  const { probe, heard, host } = listening();
  probe.sayIp(PAYLOAD, BROADCAST);
  probe.sayIp({ protocol: 99 }, BROADCAST);
  deepEqual([heard, host.counters.ipInAddrErrors, probe.heard()], [[], 2, []]);
});

test("a protocol that nobody speaks is unreachable", () => {
  const { probe, host } = listening();
  probe.sayIp({ protocol: 99 });
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable 2"]);
  equal(host.counters.ipInUnknownProtos, 1);
});

const OPTIONS: [what: string, options: number[], fate: string][] = [
  ["a router alert is passed up", [148, 4, 0, 0], "heard"],
  ["what nobody knows is passed up", [30, 4, 1, 2], "heard"],
  ["a source route is refused without a word", [131, 7, 4, 10, 0, 0, 9, 0], "dropped"],
  ["even one that has been gone", [137, 7, 8, 10, 0, 0, 9, 0], "dropped"],
  ["a length that cannot be is a problem at that byte", [1, 7, 0, 0], "parameter problem"],
];

for (const [what, options, fate] of OPTIONS) {
  test(`of options, ${what}`, () => {
    const { probe, heard, host } = listening();
    probe.sayIp({ ...PAYLOAD, options: Uint8Array.from(options) });
    equal(heard.length, fate === "heard" ? 1 : 0);
    equal(host.counters.ipInHdrErrors, fate === "heard" ? 0 : 1);
    deepEqual(probe.heard(), fate === "parameter problem" ? ["to 02: 10.0.0.1 > 10.0.0.2 parameter problem"] : []);
  });
}

const whole = (fields: Partial<Ipv4Packet> = {}) =>
  ipv4Packet({
    protocol: 253,
    source: ip("10.0.0.2"),
    destination: ip("10.0.0.1"),
    identification: 7,
    payload: new Uint8Array(2000),
    ...fields,
  });

test("fragments are put together before anybody sees them", () => {
  const { probe, heard, host } = listening();
  for (const part of fragments(whole(), 576).reverse()) probe.sayIp(part);
  deepEqual(heard, ["10.0.0.2 > 10.0.0.1 protocol 253, 2000 bytes"]);
  deepEqual([host.counters.ipReasmReqds, host.counters.ipReasmOKs, host.counters.ipReasmFails], [4, 1, 0]);
});

test("fragments of which some are missing are given up, and the sender is told", async () => {
  const { net, probe, heard, host } = listening();
  const [first, second] = fragments(whole(), 1500);
  probe.sayIp(first!);
  await net.pass(30_000);
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 time exceeded 1"]);
  probe.sayIp(second!);
  await net.pass(30_000);
  deepEqual(probe.heard(), []);
  deepEqual([heard, host.counters.ipReasmTimeouts, host.counters.ipReasmFails], [[], 2, 2]);
});

test("fragments that overlap are given up", () => {
  const { probe, heard, host } = listening();
  const [first, second] = fragments(whole(), 1500);
  probe.sayIp(first!);
  probe.sayIp({ ...second!, fragmentOffset: second!.fragmentOffset - 8 });
  probe.sayIp(second!);
  deepEqual([heard, host.counters.ipReasmFails], [[], 1]);
});

test("a packet in fragments to nobody's protocol is unreachable by its first", () => {
  const { probe } = listening();
  for (const part of fragments(whole({ protocol: 99 }), 1500)) probe.sayIp(part);
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 unreachable 2"]);
});

test("a promiscuous adapter makes no packet ours", () => {
  const { probe, heard, host } = listening({ isPromiscuous: true });
  probe.sayIp(PAYLOAD, mac(9));
  deepEqual([heard, host.counters.ipInReceives], [[], 0]);
});
