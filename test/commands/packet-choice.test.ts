import { equal } from "node:assert/strict";
import { test } from "node:test";
import { type ChoiceFlags, choice } from "../../src/commands/packet-choice.ts";
import { emitArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { LINKTYPE } from "../../src/wire/pcapng.ts";
import { parsePrefix } from "../../src/wire/prefix.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { A, B } from "../wire/packets.ts";

const framed = (type: number, payload: Uint8Array) => emitEthernet({ destination: 2, source: 1, type, payload });
const datagram = emitIpv4Packet(
  ipv4Packet({
    source: A,
    destination: B,
    protocol: PROTOCOL.udp,
    payload: emitUdp({ from: 1024, to: 53, payload: new Uint8Array(4) }, A, B),
  }),
);
const PACKETS = {
  "10.0.0.1:1024 to 10.0.0.2:53": framed(ETHERTYPE.ipv4, datagram),
  "ARP of 10.0.0.1 about 10.0.0.2": framed(
    ETHERTYPE.arp,
    emitArp({ operation: 1, senderMac: 1, sender: A, targetMac: 0, target: B }),
  ),
  "something else": framed(0x88cc, datagram),
};

const hosts = (...texts: string[]): ChoiceFlags => ({ host: texts.map((text) => parsePrefix(text)!) });

const CHOICES: [what: string, flags: ChoiceFlags, wanted: [datagram: boolean, arp: boolean, other: boolean]][] = [
  ["nothing", {}, [true, true, true]],
  ["who sends", hosts("10.0.0.1"), [true, true, false]],
  ["who receives", hosts("10.0.0.2"), [true, true, false]],
  ["somebody else", hosts("10.0.0.3"), [false, false, false]],
  ["the network", hosts("10.0.0.0/8"), [true, true, false]],
  ["one of two", hosts("::1", "10.0.0.2"), [true, true, false]],
  ["where from", { port: [1024] }, [true, false, false]],
  ["where to", { port: [80, 53] }, [true, false, false]],
  ["another port", { port: [80] }, [false, false, false]],
  ["address and port", { ...hosts("10.0.0.1"), port: [53] }, [true, false, false]],
  ["the address, another port", { ...hosts("10.0.0.1"), port: [80] }, [false, false, false]],
  ["the port, another address", { ...hosts("10.0.0.3"), port: [53] }, [false, false, false]],
];

for (const [what, flags, wanted] of CHOICES) {
  for (const [i, [name, bytes]] of Object.entries(PACKETS).entries()) {
    test(`where ${what} is asked for, ${name} is ${wanted[i] ? "" : "not "}wanted`, () =>
      equal(choice(flags)(bytes, LINKTYPE.ethernet), wanted[i]));
  }
}

test("what the bytes begin with matters", () => {
  equal(choice({ port: [53] })(datagram, LINKTYPE.raw), true);
  equal(choice({ port: [53] })(datagram, LINKTYPE.ethernet), false);
});
