import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ARP } from "../../src/wire/arp.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { acquainted, describe, ip, mac, Network, Probe, probed } from "./network.ts";

const nothing = (): void => {};

test("who is attached says so, once for each address", () => {
  const probe = new Probe();
  new Network().host("a").attach(probe, { address: ["10.0.0.1/24", "10.0.1.1/24"], mac: mac(1) });
  deepEqual(probe.heard(), ["to all: who has 10.0.0.1? tell 10.0.0.1", "to all: who has 10.0.1.1? tell 10.0.1.1"]);
});

test("who asks for our address is told, alone", () => {
  const { probe } = probed();
  probe.sayWhoHas();
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 is at 01"]);
  probe.sayWhoHas("10.0.0.3");
  deepEqual(probe.heard(), []);
});

test("who has no address yet is told, too", () => {
  const { probe } = probed();
  probe.sayWhoHas("10.0.0.1", "0.0.0.0");
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 is at 01"]);
});

test("one packet makes us ask, and goes when the answer is there", () => {
  const { host, probe } = probed();
  host.icmp.ping(ip("10.0.0.2"), {}, nothing);
  deepEqual(probe.heard(), ["to all: who has 10.0.0.2? tell 10.0.0.1"]);
  probe.sayIsAt();
  deepEqual(probe.heard(), ["to 02: 10.0.0.1 > 10.0.0.2 echo request"]);
});

test("who asks speaks by the address that is in the same network", () => {
  const probe = new Probe();
  const host = new Network().host("a");
  host.attach(probe, { address: ["10.0.0.1/24", "10.0.1.1/24"], mac: mac(1) });
  probe.heard();
  host.icmp.ping(ip("10.0.1.2"), {}, nothing);
  deepEqual(probe.heard(), ["to all: who has 10.0.1.2? tell 10.0.1.1"]);
});

test("nothing is learnt from what nobody has asked for", () => {
  const { host, one, probe } = probed();
  probe.sayWhoHas();
  probe.sayIsAt();
  const target = { target: ip("10.0.0.2"), targetMac: BROADCAST };
  probe.sayArp({ operation: ARP.reply, sender: ip("10.0.0.2"), senderMac: mac(66), ...target }, BROADCAST);
  equal(one.arp?.neighbours.size, 0);
  equal(host.counters.arpUnasked, 2);
});

test("an answer to everybody is none to us", () => {
  const { host, one, probe } = probed();
  host.icmp.ping(ip("10.0.0.2"), {}, nothing);
  const target = { target: ip("10.0.0.1"), targetMac: mac(1) };
  probe.sayArp({ operation: ARP.reply, sender: ip("10.0.0.2"), senderMac: mac(66), ...target }, BROADCAST);
  equal(one.arp?.neighbours.get(ip("10.0.0.2"))?.state, "asking");
});

test("a neighbour that is silent makes what was sent to it fail", async () => {
  const { net, host, probe } = probed();
  const results: unknown[] = [];
  host.icmp.ping(ip("10.0.0.2"), { timeout: 10_000 }, (result) => results.push(result));
  await net.pass(2999);
  deepEqual(probe.heard().length, 3);
  deepEqual(results, []);
  await net.pass(1);
  deepEqual(results, [
    {
      kind: "failed",
      failure: { code: "EHOSTUNREACH", isHard: false, mtu: 0, from: ip("10.0.0.1") },
      milliseconds: 3000,
    },
  ]);
  equal(host.counters.arpFailures, 1);
});

test("somebody who has our address is noticed, told off once, and not learnt", async () => {
  const { net, host, one, probe } = acquainted();
  const conflicts: [address: number, mac: number][] = [];
  one.arp!.onConflict = (address, mac) => conflicts.push([address, mac]);
  probe.sayWhoHas("10.0.0.2", "10.0.0.1", mac(7));
  deepEqual(probe.heard(), ["to all: who has 10.0.0.1? tell 10.0.0.1"]);
  probe.sayWhoHas("10.0.0.2", "10.0.0.1", mac(7));
  deepEqual(probe.heard(), []);
  await net.pass(10_000);
  probe.sayWhoHas("10.0.0.2", "10.0.0.1", mac(7));
  deepEqual(probe.heard(), ["to all: who has 10.0.0.1? tell 10.0.0.1"]);
  deepEqual(conflicts, Array(3).fill([ip("10.0.0.1"), mac(7)]));
  equal(host.counters.arpConflicts, 3);
  equal(one.arp?.neighbours.get(ip("10.0.0.1")), undefined);
});

test("our own announcement that comes back is no conflict", () => {
  const { host, probe } = probed();
  probe.sayWhoHas("10.0.0.1", "10.0.0.1", mac(1));
  equal(host.counters.arpConflicts, 0);
});

test("what is no ARP for Ethernet and IPv4 is dropped", () => {
  const { host, probe } = probed();
  probe.say(0x0806, new Uint8Array(28));
  probe.say(0x0806, new Uint8Array(3));
  equal(host.counters.arpInPackets, 0);
  deepEqual(probe.heard(), []);
});

test("ten thousand who make up addresses cost nothing that stays", () => {
  const { host, one, probe } = acquainted();
  for (let n = 0; n < 10_000; n++) {
    const sender = ip("10.1.0.0") + n;
    const target = { target: ip("10.0.0.1"), targetMac: mac(1) };
    probe.sayArp({ operation: n % 2 ? ARP.request : ARP.reply, sender, senderMac: mac(1000 + n), ...target });
    probe.frames.length = 0;
  }
  equal(one.arp?.neighbours.size, 1);
  equal(host.counters.arpUnasked, 5000);
});

test("two that ping each other for ten minutes ask every minute or so", async () => {
  const net = new Network();
  const [a, b] = [net.host("a"), net.host("b")];
  const [one] = net.cable(a, "10.0.0.1/24", b, "10.0.0.2/24");
  const questions: string[] = [];
  one.adapter.onSeen = (frame) => questions.push(describe(frame.subarray(0, -4)));
  let replies = 0;
  for (let i = 0; i < 60; i++) {
    a.icmp.ping(ip("10.0.0.2"), {}, ({ kind }) => void (replies += kind === "reply" ? 1 : 0));
    await net.pass(10_000);
  }
  equal(replies, 60);
  const polls = questions.filter((line) => line.includes("who has 10.0.0.1? tell 10.0.0.2")).length;
  equal(polls <= 11, true, `${polls} questions`);
});
