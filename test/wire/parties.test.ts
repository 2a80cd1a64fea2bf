import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { printIp } from "../../src/wire/address.ts";
import { emitArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { type Parties, partiesOf } from "../../src/wire/parties.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import { LINKTYPE } from "../../src/wire/pcapng.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { segmentOf } from "../../src/wire/tcp-segment.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { tagged } from "../../src/wire/vlan.ts";
import { A, B, hex } from "./packets.ts";

const framed = (type: number, payload: Uint8Array) => emitEthernet({ destination: 2, source: 1, type, payload });
const ip = (fields: Partial<Ipv4Packet>) => emitIpv4Packet(ipv4Packet({ source: A, destination: B, ...fields }));

const udp = ip({ protocol: PROTOCOL.udp, payload: emitUdp({ from: 1024, to: 53, payload: utf8("ping") }, A, B) });
const tcp = ip({ protocol: PROTOCOL.tcp, payload: emitTcp(segmentOf({ from: 40_000, to: 80 }), A, B) });
const optional = ip({ protocol: PROTOCOL.udp, options: hex("01010100"), payload: hex("0400 0035 0008 0000") });
const fragment = ip({ protocol: PROTOCOL.udp, fragmentOffset: 8, payload: hex("0400 0035") });
const ipv6 = hex(
  "60000000 0008 1140 20010db8000000000000000000000001 ff020000000000000000000000000001 04000035 00080000",
);
const arp = emitArp({ operation: 1, senderMac: 1, sender: A, targetMac: 0, target: B });

const PACKETS: [what: string, bytes: Uint8Array, parties: string, linkType?: number][] = [
  ["UDP", framed(ETHERTYPE.ipv4, udp), "10.0.0.1:1024 10.0.0.2:53"],
  ["TCP", framed(ETHERTYPE.ipv4, tcp), "10.0.0.1:40000 10.0.0.2:80"],
  ["UDP behind a tag", tagged(framed(ETHERTYPE.ipv4, udp), 5), "10.0.0.1:1024 10.0.0.2:53"],
  ["UDP behind options", framed(ETHERTYPE.ipv4, optional), "10.0.0.1:1024 10.0.0.2:53"],
  ["UDP without a frame", udp, "10.0.0.1:1024 10.0.0.2:53", LINKTYPE.raw],
  ["UDP over IPv6", framed(ETHERTYPE.ipv6, ipv6), "2001:db8::1:1024 ff02::1:53"],
  ["UDP over IPv6 without a frame", ipv6, "2001:db8::1:1024 ff02::1:53", LINKTYPE.raw],
  [
    "ICMP",
    framed(ETHERTYPE.ipv4, ip({ protocol: PROTOCOL.icmp, payload: hex("0800 0000 00000000") })),
    "10.0.0.1 10.0.0.2",
  ],
  ["a later fragment", framed(ETHERTYPE.ipv4, fragment), "10.0.0.1 10.0.0.2"],
  ["UDP that is cut short", framed(ETHERTYPE.ipv4, udp.subarray(0, 23)), "10.0.0.1 10.0.0.2"],
  ["ARP", framed(ETHERTYPE.arp, arp), "10.0.0.1 10.0.0.2"],
  ["ARP that is cut short", framed(ETHERTYPE.arp, arp.subarray(0, 27)), "nobody"],
  [
    "ARP about something else",
    framed(
      ETHERTYPE.arp,
      arp.map((byte, i) => (i === 2 ? 0x86 : byte)),
    ),
    "nobody",
  ],
  ["IPv4 that is cut short", framed(ETHERTYPE.ipv4, udp.subarray(0, 19)), "nobody"],
  ["IPv6 that is cut short", framed(ETHERTYPE.ipv6, ipv6.subarray(0, 39)), "nobody"],
  [
    "another version of IP",
    framed(
      ETHERTYPE.ipv4,
      ipv6.map((byte, i) => (i === 0 ? 0x50 : byte)),
    ),
    "nobody",
  ],
  ["something else in a frame", framed(0x88cc, udp), "nobody"],
  ["half a frame", framed(ETHERTYPE.ipv4, udp).subarray(0, 13), "nobody"],
  ["half a tag", framed(0x8100, hex("0005")), "nobody"],
  ["nothing at all", hex(""), "nobody", LINKTYPE.ipv4],
  ["another kind of link", udp, "nobody", 105],
];

for (const [what, bytes, parties, linkType] of PACKETS) {
  test(`in ${what}: ${parties}`, () => equal(printed(partiesOf(bytes, linkType)), parties));
}

function printed(parties: Parties | undefined): string {
  if (parties === undefined) return "nobody";
  const { source, destination, ports } = parties;
  const [from, to] = ports?.map((port) => `:${port}`) ?? ["", ""];
  return `${printIp(source)}${from} ${printIp(destination)}${to}`;
}

test("whatever Linux says has somebody who says it", () => {
  const reader = new PcapReader();
  reader.push(new Uint8Array(readFileSync("test/wire/captures/linux.pcapng")));
  const seen = new Set<string>();
  for (let block = reader.next(); block !== undefined; block = reader.next()) {
    if (block.kind === "packet") seen.add(printed(partiesOf(block.bytes)).replaceAll(/:\d+/g, ":…"));
  }
  equal(seen.has("nobody"), false);
  deepEqual([seen.has("10.9.1.1:… 10.9.2.1:…"), seen.has("10.9.1.254 10.9.1.1")], [true, true]);
});
