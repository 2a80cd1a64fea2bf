import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Failure } from "../../src/host/protocol.ts";
import { emitIcmp, type IcmpMessage, parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { acquainted, describePacket, ip, type Probe } from "./network.ts";

const say = (probe: Probe, message: IcmpMessage, fields: Partial<Ipv4Packet> = {}, to?: number): void =>
  probe.sayIp({ protocol: PROTOCOL.icmp, payload: emitIcmp(message), ...fields }, to);

const REQUEST: IcmpMessage = {
  kind: "echo request",
  code: 0,
  identifier: 7,
  sequence: 9,
  payload: Uint8Array.of(1, 2, 3),
};

test("an echo request is answered with all that it had, by the address it was for", () => {
  const { probe } = acquainted({ address: ["10.0.0.1/24", "10.7.0.1/24"] });
  say(probe, REQUEST, { destination: ip("10.7.0.1"), tos: 8 });
  const [packet] = probe.packets();
  deepEqual([packet!.source, packet!.destination, packet!.tos, packet!.ttl], [ip("10.7.0.1"), ip("10.0.0.2"), 8, 64]);
  deepEqual(parseIcmp(packet!.payload), { ...REQUEST, kind: "echo reply" });
});

test("an echo request to everybody is not answered", () => {
  const { probe } = acquainted();
  say(probe, REQUEST, { destination: ip("255.255.255.255") }, BROADCAST);
  say(probe, REQUEST, { destination: ip("10.0.0.255") }, BROADCAST);
  say(probe, REQUEST, { destination: ip("224.0.0.1") }, 0x01_00_5e_00_00_01);
  deepEqual(probe.heard(), []);
});

test("what is damaged, and what nobody knows, is counted", () => {
  const { host, probe } = acquainted();
  const payload = emitIcmp(REQUEST);
  payload[9]! ^= 1;
  probe.sayIp({ protocol: PROTOCOL.icmp, payload });
  probe.sayIp({ protocol: PROTOCOL.icmp, payload: Uint8Array.of(13, 0, 0xf2, 0xff, 0, 0, 0, 0) });
  probe.sayIp({ protocol: PROTOCOL.icmp, payload: new Uint8Array(3) });
  deepEqual([host.counters.icmpInMsgs, host.counters.icmpInErrors, probe.heard()], [3, 3, []]);
});

test("a redirect changes no route", () => {
  const { host, probe } = acquainted();
  const original = quote();
  say(probe, { kind: "redirect", code: 1, gateway: ip("10.0.0.66"), original });
  equal(host.routes.to(ip("10.0.0.9"))?.via, undefined);
  deepEqual(probe.heard(), []);
});

/** What somebody quotes of a packet of ours, of `length` bytes. */
function quote(fields: Partial<Ipv4Packet> = {}, payload = new Uint8Array(8)): Uint8Array {
  const packet = { source: ip("10.0.0.1"), destination: ip("10.0.0.9"), protocol: 253, dontFragment: true };
  return emitIpv4Packet(ipv4Packet({ ...packet, ...fields, payload }));
}

/** A protocol that knows its packets by their first byte. */
function reported(isKnown = true) {
  const all = acquainted();
  const heard: string[] = [];
  const failures: Failure[] = [];
  all.host.ip.handle(253, {
    receive() {},
    failed(failure, payload, packet) {
      heard.push(`${describePacket(packet)}, ${payload.length} of it`);
      failures.push(failure);
      return isKnown;
    },
    flush() {},
  });
  return { ...all, heard, failures };
}

test("an error is for the protocol whose packet is quoted", () => {
  const { probe, heard, failures } = reported();
  say(probe, { kind: "unreachable", code: 3, mtu: 0, original: quote() });
  deepEqual(heard, ["10.0.0.1 > 10.0.0.9 protocol 253, 8 bytes, 8 of it"]);
  deepEqual(failures, [{ code: "ECONNREFUSED", isHard: true, mtu: 0, from: ip("10.0.0.2") }]);
  deepEqual(probe.heard(), []);
});

test("of what was longer, so much is given as was quoted", () => {
  const { probe, heard } = reported();
  const original = quote({}, new Uint8Array(1000)).subarray(0, 60);
  say(probe, { kind: "time exceeded", code: 0, original });
  deepEqual(heard, ["10.0.0.1 > 10.0.0.9 protocol 253, 40 bytes, 40 of it"]);
});

const MADE_UP: [what: string, original: Uint8Array][] = [
  ["of another's packet", quote({ source: ip("10.0.0.3") })],
  ["of too little to know whose it was", quote({}, new Uint8Array(7))],
  ["of a fragment that is not the first", quote({ fragmentOffset: 8 })],
  ["of no packet", new Uint8Array(28)],
  ["of nothing", new Uint8Array(0)],
  ["of a protocol that nobody speaks", quote({ protocol: 99 })],
];

for (const [what, original] of MADE_UP) {
  test(`a quote ${what} is for nobody`, () => {
    const { host, probe, heard } = reported();
    say(probe, { kind: "unreachable", code: 3, mtu: 0, original });
    say(probe, { kind: "unreachable", code: 4, mtu: 600, original });
    deepEqual([heard, host.ip.mtuTo(ip("10.0.0.9"))], [[], 1500]);
  });
}

const LARGE = quote({}, new Uint8Array(1480)).subarray(0, 28);

test("an MTU is learnt from a packet that its protocol knows", () => {
  const { host, probe, failures } = reported();
  say(probe, { kind: "unreachable", code: 4, mtu: 1300, original: LARGE });
  deepEqual(failures, [{ code: "EMSGSIZE", isHard: false, mtu: 1300, from: ip("10.0.0.2") }]);
  equal(host.ip.mtuTo(ip("10.0.0.9")), 1300);
  equal(host.ip.mtuTo(ip("10.0.0.8")), 1500);
});

test("an old router that does not say how large is helped", () => {
  const { host, probe } = reported();
  say(probe, { kind: "unreachable", code: 4, mtu: 0, original: LARGE });
  equal(host.ip.mtuTo(ip("10.0.0.9")), 1492);
});

test("an MTU is not learnt from a packet that nobody knows", () => {
  const { host, probe } = reported(false);
  say(probe, { kind: "unreachable", code: 4, mtu: 1300, original: LARGE });
  equal(host.ip.mtuTo(ip("10.0.0.9")), 1500);
});

test("nor from one that might have been cut", () => {
  const { host, probe, heard } = reported();
  const original = quote({ dontFragment: false }, new Uint8Array(1480)).subarray(0, 28);
  say(probe, { kind: "unreachable", code: 4, mtu: 1300, original });
  deepEqual([heard, host.ip.mtuTo(ip("10.0.0.9"))], [[], 1500]);
});
