import { equal } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { emitArp } from "../../src/wire/arp.ts";
import { Conversations } from "../../src/wire/conversations.ts";
import { ETHERTYPE, emitEthernet, putFcs } from "../../src/wire/ethernet.ts";
import { emitIcmp, type IcmpMessage, UNREACHABLE } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { readIpv4 } from "../../src/wire/ipv4-number.ts";
import { parseMac } from "../../src/wire/mac.ts";
import { LINKTYPE } from "../../src/wire/pcapng.ts";
import { type PrintOptions, printPacket, printTime } from "../../src/wire/print.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { tagged } from "../../src/wire/vlan.ts";
import { A, B, damaged, hex, joined } from "./packets.ts";

const ONE = parseMac("02:00:00:00:00:01")!;
const TWO = parseMac("02:00:00:00:00:02")!;

const framed = (type: number, payload: Uint8Array) => emitEthernet({ destination: TWO, source: ONE, type, payload });
const arp = (fields: object) =>
  framed(ETHERTYPE.arp, emitArp({ operation: 1, senderMac: ONE, sender: A, targetMac: 0, target: B, ...fields }));
const ip = (fields: Partial<Ipv4Packet>) =>
  framed(ETHERTYPE.ipv4, emitIpv4Packet(ipv4Packet({ source: A, destination: B, ...fields })));
const tcp = (fields: Partial<TcpSegment>) =>
  ip({ protocol: PROTOCOL.tcp, payload: emitTcp(segmentOf({ from: 40_000, to: 80, window: 512, ...fields }), A, B) });
const back = (fields: Partial<TcpSegment>) =>
  ip({
    source: B,
    destination: A,
    protocol: PROTOCOL.tcp,
    payload: emitTcp(segmentOf({ from: 80, to: 40_000, window: 512, ...fields }), B, A),
  });
const udp = emitUdp({ from: 1024, to: 53, payload: utf8("ping") }, A, B);
const icmp = (message: IcmpMessage) => ip({ protocol: PROTOCOL.icmp, payload: emitIcmp(message) });

/** What an error quotes: a datagram to 10.0.0.2, port 53. */
const original = emitIpv4Packet(ipv4Packet({ source: A, destination: B, protocol: PROTOCOL.udp, payload: udp }));
const unreachable = (code: number, mtu = 0) => icmp({ kind: "unreachable", code, mtu, original });

const LINES: [line: string, frame: Uint8Array, options?: PrintOptions][] = [
  ["ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28", arp({})],
  ["ARP, Request who-has 10.0.0.2 (02:00:00:00:00:02) tell 10.0.0.1, length 28", arp({ targetMac: TWO })],
  ["ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46", joined(arp({}), new Uint8Array(18))],
  ["ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28", arp({ operation: 2 })],
  ["ARP, operation 3, length 28", arp({ operation: 3 })],
  ["ARP, [|arp], length 27", arp({}).subarray(0, 41)],

  ["IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 7, win 512, length 0", tcp({ seq: 7, flags: SYN })],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 7, win 512, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0",
    tcp({ seq: 7, flags: SYN, mss: 1460, isSackPermitted: true, timestamp: 1, echo: 0, windowScale: 7 }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:6, ack 1, win 512, length 5",
    tcp({ seq: 1, ack: 1, flags: PSH | ACK, payload: utf8("hello") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], seq 4294967295:4, ack 1, win 512, length 5",
    tcp({ seq: 0xffff_ffff, ack: 1, flags: ACK, payload: utf8("hello") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], ack 1, win 512, options [nop,nop,TS val 3 ecr 4,nop,nop,sack 2 {10:20}{30:40}], length 0",
    tcp({
      ack: 1,
      flags: ACK,
      timestamp: 3,
      echo: 4,
      sack: [
        { start: 10, end: 20 },
        { start: 30, end: 40 },
      ],
    }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [F.], seq 9, ack 1, win 512, length 0",
    tcp({ seq: 9, ack: 1, flags: FIN | ACK }),
  ],
  ["IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [R], seq 9, win 512, length 0", tcp({ seq: 9, flags: RST })],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [FSRP.UEW], seq 9, ack 1, win 512, urg 5, length 0",
    tcp({ seq: 9, ack: 1, urgent: 5, flags: FIN | SYN | RST | PSH | ACK | URG | ECE | CWR }),
  ],
  ["IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [none], win 512, length 0", tcp({})],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 512, options [tfo cookiereq,nop,nop], length 0",
    tcp({ flags: SYN, unknownOptions: hex("2202") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 512, options [tfo cookie 0102,unknown-253 0xff,unknown-254,nop,nop,nop], length 0",
    tcp({ flags: SYN, unknownOptions: hex("22040102 fd03ff fe02") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 512, options [nop,eol], length 0",
    tcp({ flags: SYN, unknownOptions: hex("0100ffff") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 512, options [nop,bad opt], length 0",
    tcp({ flags: SYN, unknownOptions: hex("01020405") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], cksum 0x0000 (incorrect -> 0xfd4f), seq 0, win 512, length 0",
    ip({ protocol: 6, payload: hex("9c40 0050 00000000 00000000 5002 0200 0000 0000") }),
  ],
  // The sum of the pseudo header alone: the adapter was to do the rest.
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 512, length 0",
    ip({ protocol: 6, payload: hex("9c40 0050 00000000 00000000 5002 0200 141d 0000") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], cksum 0x141e (incorrect -> 0xfd4f), seq 0, win 512, length 0",
    ip({ protocol: 6, payload: hex("9c40 0050 00000000 00000000 5002 0200 141e 0000") }),
  ],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], bad hdr length 16, length 20",
    ip({ protocol: 6, payload: hex("9c40 0050 00000000 00000000 4002 0200 0000 0000") }),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: [|tcp], length 3", ip({ protocol: 6, payload: hex("9c4000") })],

  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", ip({ protocol: 17, payload: udp })],
  [
    "IP 10.0.0.1.1024 > 10.0.0.2.53: [bad udp cksum 0x08ce -> 0x08cf!] UDP, length 4",
    ip({ protocol: 17, payload: damaged(udp, 11) }),
  ],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", ip({ protocol: 17, payload: hex("0400 0035 000c 0000 70696e67") })],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", ip({ protocol: 17, payload: hex("0400 0035 000c 1420 70696e67") })],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, bad length 13 of 12", ip({ protocol: 17, payload: damaged(udp, 5) })],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, bad length 4 of 12", ip({ protocol: 17, payload: damaged(udp, 5, 8) })],
  ["IP 10.0.0.1 > 10.0.0.2: [|udp], length 7", ip({ protocol: 17, payload: udp.subarray(0, 7) })],

  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 12",
    icmp({ kind: "echo request", code: 0, identifier: 7, sequence: 1, payload: utf8("ping") }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 12",
    icmp({ kind: "echo reply", code: 0, identifier: 7, sequence: 1, payload: utf8("ping") }),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.2 unreachable, length 40", unreachable(UNREACHABLE.net)],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.2 unreachable, length 40", unreachable(UNREACHABLE.host)],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 protocol 17 unreachable, length 40", unreachable(UNREACHABLE.protocol)],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 53 unreachable, length 40", unreachable(UNREACHABLE.port)],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - need to frag (mtu 1400), length 40",
    unreachable(UNREACHABLE.fragmentationNeeded, 1400),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - need to frag, length 40",
    unreachable(UNREACHABLE.fragmentationNeeded),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.2 unreachable - admin prohibited filter, length 40",
    unreachable(UNREACHABLE.administratively),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - #99, length 40", unreachable(99)],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP unreachable - #3 [|ip], length 8",
    icmp({ kind: "unreachable", code: 3, mtu: 0, original: new Uint8Array(0) }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port ? unreachable, length 28",
    icmp({ kind: "unreachable", code: 3, mtu: 0, original: original.subarray(0, 20) }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 40",
    icmp({ kind: "time exceeded", code: 0, original }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP ip reassembly time exceeded, length 40",
    icmp({ kind: "time exceeded", code: 1, original }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP parameter problem - octet 20, length 40",
    icmp({ kind: "parameter problem", code: 0, pointer: 20, original }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.2 to host 10.0.0.9, length 40",
    icmp({ kind: "redirect", code: 1, gateway: readIpv4("10.0.0.9")!, original }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP redirect-tos 10.0.0.2 to net 10.0.0.9, length 40",
    icmp({ kind: "redirect", code: 2, gateway: readIpv4("10.0.0.9")!, original }),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP type-#13, length 8", ip({ protocol: 1, payload: hex("0d00 f2ff 00000000") })],
  [
    "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 0, seq 0, length 8 (wrong icmp cksum 0x0000 -> 0xf7ff!)",
    ip({ protocol: 1, payload: hex("0800 0000 00000000") }),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: ICMP [|icmp], length 2", ip({ protocol: 1, payload: hex("0800") })],

  [
    "IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4 (frag 7:8@0+)",
    ip({ protocol: 17, identification: 7, moreFragments: true, payload: udp.subarray(0, 8) }),
  ],
  [
    "IP 10.0.0.1 > 10.0.0.2: ip-proto-17, length 4 (frag 7:4@8)",
    ip({ protocol: 17, identification: 7, fragmentOffset: 8, payload: udp.subarray(8) }),
  ],
  ["IP 10.0.0.1 > 10.0.0.2: ip-proto-132, length 4", ip({ protocol: 132, payload: utf8("ping") })],
  ["IP [bad cksum 0x67e8 -> 0x66e8!] 10.0.0.1 > 10.0.0.2: ip-proto-0, length 0", damaged(ip({ ttl: 64 }), 24)],
  ["IP [|ip], length 19", ip({}).subarray(0, 33)],
  ["IP bad-hlen 16, length 20", damaged(ip({}), 14)],
  ["IP bad-version 6, length 20", damaged(ip({}), 14, 0x20)],
  ["IP bad-len 4, length 20", damaged(ip({}), 17, 0x10)],
  [
    "IP truncated-ip - 2 bytes missing! 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4",
    ip({ protocol: 17, payload: udp }).subarray(0, 44),
  ],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", ip({ protocol: 17, payload: udp }).subarray(0, 44), { length: 46 }],
  [
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 7, win 512, options [|tcp], length 0",
    tcp({ seq: 7, flags: SYN, mss: 1460 }).subarray(0, 56),
    { length: 58 },
  ],

  [
    "IP6 2001:db8::1 > ff02::1: next-header 58, length 8",
    framed(
      ETHERTYPE.ipv6,
      hex("60000000 0008 3aff 20010db8000000000000000000000001 ff020000000000000000000000000001 8000000000000000"),
    ),
  ],
  ["IP6 [|ip6], length 4", framed(ETHERTYPE.ipv6, hex("60000000"))],
  ["02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88cc, length 18", framed(0x88cc, utf8("ping"))],
  ["02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 18", framed(4, utf8("ping"))],
  ["ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28", tagged(tagged(arp({}), 5), 7, 0x88a8)],
  ["[|vlan], length 17", framed(0x8100, hex("000508"))],
  ["[|ether], length 13", new Uint8Array(13)],
  ["[|ether], length 0", new Uint8Array(0)],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", original, { linkType: LINKTYPE.raw }],
  ["IP 10.0.0.1.1024 > 10.0.0.2.53: UDP, length 4", original, { linkType: LINKTYPE.ipv4 }],
  ["IP6 [|ip6], length 1", hex("60"), { linkType: LINKTYPE.raw }],
  ["link type 105, length 32", original, { linkType: 105 }],
];

for (const [line, frame, options] of LINES) {
  test(line, () => equal(printPacket(frame, options), line));
}

test("a frame that ends in an FCS says so only where it is bad", () => {
  const frame = joined(arp({}), new Uint8Array(4));
  putFcs(frame);
  const line = "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28";
  equal(printPacket(frame, { hasFcs: true }), line);
  equal(printPacket(damaged(frame, 0), { hasFcs: true }), `${line} [bad FCS]`);
  // Where the end was cut off, there is no FCS to look at.
  equal(printPacket(frame.subarray(0, 43), { hasFcs: true, length: 46 }), line);
});

test("numbers count from where a conversation began, if somebody remembers", () => {
  const conversations = new Conversations();
  const dialogue: [frame: Uint8Array, line: string][] = [
    [tcp({ seq: 1000, flags: SYN }), "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1000, win 512, length 0"],
    [
      back({ seq: 0xffff_ffff, ack: 1001, flags: SYN | ACK }),
      "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [S.], seq 4294967295, ack 1001, win 512, length 0",
    ],
    [
      tcp({ seq: 1001, ack: 0, flags: ACK, payload: utf8("hello") }),
      "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], seq 1:6, ack 1, win 512, length 5",
    ],
    [
      back({ seq: 0, ack: 1001, flags: ACK, sack: [{ start: 1006, end: 1011 }] }),
      "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [.], ack 1, win 512, options [nop,nop,sack 1 {6:11}], length 0",
    ],
  ];
  for (const [frame, line] of dialogue) equal(printPacket(frame, { conversations }), line);
});

const TIMES: [time: number, printed: string][] = [
  [0, "00:00:00.000000"],
  [0.0005, "00:00:00.000001"],
  [86_399_999.999, "23:59:59.999999"],
  [Date.UTC(2000, 9, 10, 13, 55, 36, 7) + 0.25, "13:55:36.007250"],
  [-1, "23:59:59.999000"],
  [Date.UTC(12_345, 0, 1, 1, 2, 3), "01:02:03.000000"],
  [1e300, "--:--:--.------"],
  [Number.NaN, "--:--:--.------"],
];

for (const [time, printed] of TIMES) {
  test(`${time} ms is ${printed}`, () => equal(printTime(time), printed));
}
