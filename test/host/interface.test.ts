import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { groupMac } from "../../src/host/interface.ts";
import { printMac } from "../../src/wire/mac.ts";
import { describePacket, ip, mac, Network, Probe, probed } from "./network.ts";

test("it has its addresses, and the first is the one to speak from", () => {
  const host = new Network().host("a");
  const one = host.attach(new Probe(), { address: ["10.0.0.1/24", "10.9.0.1/16"], name: "outside" });
  deepEqual([one.name, one.address, one.addresses.length, one.isLoopback], ["outside", ip("10.0.0.1"), 2, false]);
  deepEqual([one.isBroadcast(ip("10.0.0.255")), one.isBroadcast(ip("10.9.255.255"))], [true, true]);
  deepEqual([one.isBroadcast(ip("255.255.255.255")), one.isBroadcast(ip("10.9.0.255"))], [true, false]);
  deepEqual([one.isNetwork(ip("10.0.0.0")), one.isNetwork(ip("10.0.0.1"))], [true, false]);
});

test("a network of two has neither name nor broadcast", () => {
  const one = new Network().host("a").attach(new Probe(), { address: "10.0.0.0/31" });
  deepEqual([one.isBroadcast(ip("10.0.0.1")), one.isNetwork(ip("10.0.0.0"))], [false, false]);
});

test("links that IP cannot use, and interfaces without address, are refused", () => {
  const host = new Network().host("a");
  throws(() => host.attach(new Probe(67), { address: "10.0.0.1/24" }), /an MTU of 67/);
  throws(() => host.attach(new Probe(), { address: [] }), /no address/);
  equal(host.attach(new Probe(100_000), { address: "10.0.0.1/24" }).mtu, 65_535);
});

test("a MAC address that nobody gives is one's own", () => {
  const net = new Network();
  const macs = ["a", "b", "c"].map((name) => {
    const one = net.host(name).attach(new Probe(), { address: "10.0.0.1/24" });
    return printMac(one.adapter.mac);
  });
  equal(new Set(macs).size, 3);
  deepEqual(
    macs.map((text) => text.slice(0, 3)),
    ["02:", "02:", "02:"],
  );
});

test("packets to a group are heard by its members, all hosts among them", () => {
  const { host, one, probe } = probed();
  const heard: string[] = [];
  host.ip.handle(253, {
    takesBroadcasts: true,
    receive: (_, packet) => void heard.push(describePacket(packet)),
    failed: () => false,
    flush() {},
  });
  const say = (group: string) => probe.sayIp({ destination: ip(group), protocol: 253 }, groupMac(ip(group)));
  say("224.0.0.1");
  say("239.1.2.3");
  one.join(ip("239.1.2.3"));
  say("239.1.2.3");
  // It has the same MAC address, and another name.
  say("224.129.2.3");
  one.leave(ip("239.1.2.3"));
  say("239.1.2.3");
  deepEqual(heard, ["10.0.0.2 > 224.0.0.1 protocol 253, 0 bytes", "10.0.0.2 > 239.1.2.3 protocol 253, 0 bytes"]);
});

test("who leaves one of two groups with the same MAC address still hears the other", () => {
  const { one, host, probe } = probed();
  one.join(ip("239.1.2.3"));
  one.join(ip("224.129.2.3"));
  one.leave(ip("239.1.2.3"));
  probe.sayIp({ destination: ip("224.129.2.3"), protocol: 253 }, groupMac(ip("224.129.2.3")));
  equal(host.counters.ipInUnknownProtos, 1);
  equal(one.adapter.mac === mac(1), true);
});
