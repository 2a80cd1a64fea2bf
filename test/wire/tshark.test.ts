/** What we put is what Wireshark's own reader reads, field by field, and it has nothing to complain about. */

import { deepEqual, equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { emitArp } from "../../src/wire/arp.ts";
import { ETHERTYPE, emitEthernet, FCS, putFcs } from "../../src/wire/ethernet.ts";
import { emitIcmp, type IcmpMessage } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { ipv4Address } from "../../src/wire/ipv4-number.ts";
import { BROADCAST, parseMac } from "../../src/wire/mac.ts";
import {
  emitPcapngBlock,
  type InterfaceDescription,
  LINKTYPE,
  NANOSECONDS,
  type PcapngBlock,
} from "../../src/wire/pcapng.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, segmentOf, type TcpSegment, URG } from "../../src/wire/tcp-segment.ts";
import { emitUdp } from "../../src/wire/udp.ts";
import { A, B, damaged, hex, joined } from "./packets.ts";

const needs = { skip: spawnSync("tshark", ["--version"]).error !== undefined && "no tshark here" };

/** What tshark is to see in a frame: fields by their names there, several of one name with commas between. */
type Fields = Record<string, string>;
type Case = readonly [what: string, frame: Uint8Array, fields: Fields];

const ONE = parseMac("02:00:00:00:00:01")!;
const TWO = parseMac("02:00:00:00:00:02")!;
const WHOLE: Partial<Ipv4Packet> = { source: A, destination: B, dontFragment: true };

const framed = (type: number, payload: Uint8Array, destination = TWO) =>
  emitEthernet({ destination, source: ONE, type, payload });
const ip = (fields: Partial<Ipv4Packet>) => framed(ETHERTYPE.ipv4, emitIpv4Packet(ipv4Packet({ ...WHOLE, ...fields })));

const GOOD = "1";
const ETHERNET = { "eth.dst": "02:00:00:00:00:02", "eth.src": "02:00:00:00:00:01", "eth.type": "0x0800" };
const IP = { ...ETHERNET, "ip.src": "10.0.0.1", "ip.dst": "10.0.0.2", "ip.checksum.status": GOOD, "ip.ttl": "64" };

function arp(what: string, operation: number, targetMac: number, fields: Fields): Case {
  const packet = emitArp({ operation, senderMac: ONE, sender: A, targetMac, target: B });
  const payload = joined(packet, new Uint8Array(18));
  return [what, framed(ETHERTYPE.arp, payload, operation === 1 ? BROADCAST : TWO), { "eth.type": "0x0806", ...fields }];
}

/** From the one who opens it, or back. */
function tcp(what: string, isBack: boolean, fields: Partial<TcpSegment>, seen: Fields): Case {
  const [source, destination, from, to] = isBack ? [B, A, 80, 40_000] : [A, B, 40_000, 80];
  const payload = emitTcp(segmentOf({ from, to, window: 512, ...fields }), source, destination);
  const frame = ip({ source, destination, protocol: PROTOCOL.tcp, payload });
  return [what, frame, { "tcp.srcport": `${from}`, "tcp.dstport": `${to}`, "tcp.checksum.status": GOOD, ...seen }];
}

const DIALOGUE: Case[] = [
  tcp(
    "a SYN with all that one may say",
    false,
    { seq: 0xffff_ffff, flags: SYN, mss: 1460, isSackPermitted: true, timestamp: 0xfedc_ba98, echo: 0, windowScale: 7 },
    {
      "tcp.seq": "4294967295",
      "tcp.flags": "0x0002",
      "tcp.window_size_value": "512",
      "tcp.hdr_len": "40",
      "tcp.options.mss_val": "1460",
      "tcp.options.wscale.shift": "7",
      "tcp.options.timestamp.tsval": "4275878552",
      "tcp.options.timestamp.tsecr": "0",
      "tcp.option_kind": "2,4,8,1,3",
    },
  ),
  tcp(
    "its answer",
    true,
    {
      seq: 7,
      ack: 0,
      flags: SYN | ACK,
      mss: 1400,
      isSackPermitted: true,
      timestamp: 1,
      echo: 0xfedc_ba98,
      windowScale: 0,
    },
    {
      "tcp.flags": "0x0012",
      "tcp.ack": "0",
      "tcp.options.wscale.shift": "0",
      "tcp.options.timestamp.tsecr": "4275878552",
    },
  ),
  tcp(
    "its acknowledgment",
    false,
    { seq: 0, ack: 8, flags: ACK, timestamp: 0xfedc_ba99, echo: 1 },
    { "tcp.option_kind": "1,1,8" },
  ),
  tcp(
    "data",
    false,
    { seq: 0, ack: 8, flags: ACK | PSH, timestamp: 0xfedc_ba99, echo: 1, payload: utf8("hello") },
    { "tcp.flags": "0x0018", "tcp.len": "5", "tcp.payload": "68656c6c6f" },
  ),
  tcp(
    "that some has come, and more behind a gap",
    true,
    {
      seq: 8,
      ack: 5,
      flags: ACK,
      timestamp: 2,
      echo: 0xfedc_ba99,
      sack: [
        { start: 15, end: 20 },
        { start: 10, end: 12 },
        { start: 30, end: 31 },
      ],
    },
    { "tcp.options.sack_le": "15,10,30", "tcp.options.sack_re": "20,12,31", "tcp.option_kind": "1,1,8,1,1,5" },
  ),
  tcp(
    "urgent data",
    false,
    { seq: 5, ack: 8, flags: ACK | URG, urgent: 1, timestamp: 0xfedc_ba9a, echo: 2, payload: utf8("!") },
    { "tcp.flags": "0x0030", "tcp.urgent_pointer": "1" },
  ),
  tcp("an end", true, { seq: 8, ack: 6, flags: FIN | ACK, timestamp: 3, echo: 0xfedc_ba9a }, { "tcp.flags": "0x0011" }),
  tcp("a reset", false, { seq: 6, flags: RST }, { "tcp.flags": "0x0004", "tcp.seq": "6", "tcp.hdr_len": "20" }),
  tcp(
    "a SYN of one who can do more than we",
    false,
    {
      from: 40_001,
      seq: 1,
      flags: SYN | ECE | CWR,
      isSackPermitted: true,
      unknownOptions: hex("220a0102030405060708"),
    },
    {
      "tcp.srcport": "40001",
      "tcp.flags": "0x00c2",
      "tcp.option_kind": "1,1,4,34,1,1",
      "tcp.options.tfo.cookie": "0102030405060708",
    },
  ),
];

const datagram = emitUdp({ from: 1024, to: 5000, payload: new Uint8Array(2000).fill(0x2e) }, A, B);
const original = emitIpv4Packet(
  ipv4Packet({
    ...WHOLE,
    protocol: PROTOCOL.udp,
    payload: emitUdp({ from: 1024, to: 5001, payload: utf8("who?") }, A, B),
  }),
);
const icmp = (what: string, message: IcmpMessage, fields: Fields): Case => [
  what,
  ip({ source: B, destination: A, protocol: PROTOCOL.icmp, payload: emitIcmp(message) }),
  { "icmp.checksum.status": GOOD, ...fields },
];
const QUOTED = { "udp.dstport": "5001", "ip.src": "10.0.0.2,10.0.0.1" };

const OTHERS: Case[] = [
  arp("an ARP request", 1, 0, {
    "eth.dst": "ff:ff:ff:ff:ff:ff",
    "arp.opcode": "1",
    "arp.src.hw_mac": "02:00:00:00:00:01",
    "arp.src.proto_ipv4": "10.0.0.1",
    "arp.dst.proto_ipv4": "10.0.0.2",
  }),
  arp("an ARP reply", 2, TWO, { "arp.opcode": "2", "arp.dst.hw_mac": "02:00:00:00:00:02" }),
  [
    "a datagram",
    ip({
      tos: 0xb8,
      identification: 0x1234,
      protocol: PROTOCOL.udp,
      payload: emitUdp({ from: 1024, to: 5000, payload: utf8("hello") }, A, B),
    }),
    {
      ...IP,
      "ip.id": "0x1234",
      "ip.dsfield": "0xb8",
      "ip.flags.df": "1",
      "ip.len": "33",
      "ip.proto": "17",
      "udp.srcport": "1024",
      "udp.dstport": "5000",
      "udp.length": "13",
      "udp.checksum.status": GOOD,
    },
  ],
  [
    "options of IPv4",
    // A router alert (RFC 2113).
    ip({
      protocol: PROTOCOL.udp,
      options: hex("94040000"),
      payload: emitUdp({ from: 1024, to: 5000, payload: utf8("") }, A, B),
    }),
    { ...IP, "ip.hdr_len": "24", "ip.opt.ra": "0", "udp.length": "8" },
  ],
  [
    "the first fragment",
    ip({
      identification: 9,
      dontFragment: false,
      moreFragments: true,
      protocol: PROTOCOL.udp,
      payload: datagram.subarray(0, 1480),
    }),
    { "ip.flags.mf": "1", "udp.length": "" },
  ],
  [
    // Not where it belongs: some versions count that in bytes, others as it stands there.
    "the last one, by which the datagram is whole",
    ip({
      identification: 9,
      dontFragment: false,
      fragmentOffset: 1480,
      protocol: PROTOCOL.udp,
      payload: datagram.subarray(1480),
    }),
    { "ip.flags.mf": "0", "udp.length": "2008", "udp.checksum.status": GOOD },
  ],
  [
    "an echo request",
    ip({
      protocol: PROTOCOL.icmp,
      payload: emitIcmp({ kind: "echo request", code: 0, identifier: 7, sequence: 1, payload: utf8("hi") }),
    }),
    { "icmp.type": "8", "icmp.code": "0", "icmp.ident": "7", "icmp.seq": "1", "icmp.checksum.status": GOOD },
  ],
  icmp(
    "its reply",
    { kind: "echo reply", code: 0, identifier: 7, sequence: 1, payload: utf8("hi") },
    { "icmp.type": "0", "icmp.ident": "7", "icmp.resp_to": "7" },
  ),
  icmp(
    "that nobody listens",
    { kind: "unreachable", code: 3, mtu: 0, original },
    { "icmp.type": "3", "icmp.code": "3", ...QUOTED },
  ),
  icmp(
    "that it is too large",
    { kind: "unreachable", code: 4, mtu: 1400, original },
    { "icmp.type": "3", "icmp.code": "4", "icmp.mtu": "1400", ...QUOTED },
  ),
  icmp("that it has gone too far", { kind: "time exceeded", code: 0, original }, { "icmp.type": "11", ...QUOTED }),
  icmp(
    "that a byte is wrong",
    { kind: "parameter problem", code: 0, pointer: 1, original },
    { "icmp.type": "12", "icmp.pointer": "1", ...QUOTED },
  ),
  icmp(
    "another way",
    { kind: "redirect", code: 1, gateway: 0x0a000009, original },
    { "icmp.type": "5", "icmp.code": "1", "icmp.redir_gw": "10.0.0.9", ...QUOTED },
  ),
];

const CASES = [...OTHERS, ...DIALOGUE];

const OPTIONS = [
  "tcp.check_checksum:TRUE",
  "ip.check_checksum:TRUE",
  "udp.check_checksum:TRUE",
  "eth.check_fcs:TRUE",
  "tcp.relative_sequence_numbers:FALSE",
].flatMap((option) => ["-o", option]);

describe("tshark", needs, () => {
  const folder = mkdtempSync(join(tmpdir(), "maitred-tshark-"));
  after(() => rmSync(folder, { recursive: true }));

  function written(name: string, blocks: readonly Uint8Array[]): string {
    const file = join(folder, name);
    writeFileSync(file, joined(...blocks));
    return file;
  }

  /** A row for each frame, a column for each field. */
  function fieldsOf(file: string, names: readonly string[]): string[][] {
    const columns = names.flatMap((name) => ["-e", name]);
    const { stdout, status } = spawnSync("tshark", ["-n", "-r", file, ...OPTIONS, "-T", "fields", ...columns], {
      encoding: "utf8",
    });
    equal(status, 0);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
  }

  const SECTION: PcapngBlock = {
    kind: "section",
    hardware: "none",
    os: "none",
    application: "maitred",
    comments: ["all that we can say"],
  };
  const CABLE: InterfaceDescription = {
    kind: "interface",
    linkType: LINKTYPE.ethernet,
    snapLength: 0,
    name: "cable",
    description: "with FCS",
    ticksPerSecond: NANOSECONDS,
    fcsLength: FCS,
    comments: [],
  };
  const TAP: InterfaceDescription = {
    ...CABLE,
    name: "tap",
    description: undefined,
    ticksPerSecond: 1e6,
    fcsLength: undefined,
  };

  const packet = (number: number, time: number, bytes: Uint8Array, more: object = {}): PcapngBlock => ({
    kind: "packet",
    interface: number,
    time,
    direction: undefined,
    bytes,
    length: bytes.length,
    comments: [],
    ...more,
  });

  const guarded = (frame: Uint8Array): Uint8Array => {
    const longer = joined(frame, new Uint8Array(FCS));
    putFcs(longer);
    return longer;
  };

  /** In their order, a millisecond apart. */
  const fileOf = (name: string, link: InterfaceDescription): string =>
    written(name, [
      ...[SECTION, link].map((block) => emitPcapngBlock(block)),
      ...CASES.map(([, frame], i) =>
        emitPcapngBlock(packet(0, i, link.fcsLength === undefined ? frame : guarded(frame)), link.ticksPerSecond),
      ),
    ]);

  test("sees in each frame what we have put", () => {
    const names = [...new Set(CASES.flatMap(([, , fields]) => Object.keys(fields)))];
    const rows = fieldsOf(fileOf("fields.pcapng", TAP), names);
    equal(rows.length, CASES.length);
    for (const [i, [what, , fields]] of CASES.entries()) {
      const seen = Object.fromEntries(Object.keys(fields).map((name) => [name, rows[i]![names.indexOf(name)] ?? ""]));
      deepEqual(seen, fields, what);
    }
  });

  test("has nothing to complain about, but that a connection was reset", () => {
    for (const link of [TAP, CABLE]) {
      const { stdout } = spawnSync(
        "tshark",
        ["-n", "-q", "-r", fileOf("expert.pcapng", link), ...OPTIONS, "-z", "expert,warn"],
        {
          encoding: "utf8",
        },
      );
      const complaints = stdout.split("\n").filter((line) => /^\s+\d+ /.test(line));
      deepEqual(
        complaints.map((line) => line.replace(/\s+/g, " ").trim()),
        ["1 Sequence TCP Connection reset (RST)"],
      );
    }
  });

  test("would complain of what is damaged", () => {
    const frame = OTHERS[2]![1];
    const blocks = [SECTION, CABLE, packet(0, 0, guarded(frame)), packet(0, 0, damaged(guarded(frame), 50)), TAP];
    const changed = [damaged(frame, 22), damaged(frame, 45)].map((bytes) => packet(1, 0, bytes));
    const file = written(
      "damaged.pcapng",
      [...blocks, ...changed].map((block) => emitPcapngBlock(block)),
    );
    deepEqual(fieldsOf(file, ["eth.fcs.status", "ip.checksum.status", "udp.checksum.status"]), [
      ["1", "1", "1"],
      ["0", "1", "1"],
      ["", "0", "1"],
      ["", "1", "0"],
    ]);
  });

  test("reads what else a file says", () => {
    const frame = OTHERS[0]![1];
    const time = Date.UTC(2026, 10, 26, 12, 0, 0) + 0.25;
    const file = written("about.pcapng", [
      emitPcapngBlock(SECTION),
      emitPcapngBlock(CABLE),
      emitPcapngBlock(TAP),
      emitPcapngBlock(packet(0, 1.000001, guarded(frame), { direction: "out", comments: ["lost", "on purpose"] })),
      emitPcapngBlock(
        packet(1, time, frame.subarray(0, 20), { direction: "in", length: frame.length }),
        TAP.ticksPerSecond,
      ),
      emitPcapngBlock({ kind: "unknown", type: 0x8000_0001, body: hex("01020304") }),
      emitPcapngBlock({ kind: "names", entries: [{ address: ipv4Address(A), names: ["alpha"] }], comments: [] }),
      emitPcapngBlock({
        kind: "statistics",
        interface: 0,
        time: 5,
        start: 0,
        end: 5,
        received: 7,
        dropped: 1,
        comments: ["so it went"],
      }),
    ]);
    const names = [
      "frame.interface_name",
      "frame.time_epoch",
      "frame.packet_flags_direction",
      "frame.comment",
      "frame.len",
      "frame.cap_len",
    ];
    deepEqual(fieldsOf(file, names), [
      ["cable", "0.001000001", "0x00000002", "lost,on purpose", "64", "64"],
      ["tap", "1795694400.000250000", "0x00000001", "", "60", "20"],
    ]);
    const { stdout } = spawnSync("capinfos", [file], { encoding: "utf8" });
    match(stdout, /Capture application: maitred/);
    match(stdout, /Capture comment: +all that we can say/);
    match(stdout, /Name = cable\n +Description = with FCS/);
    match(stdout, /FCS length = 4/);
    match(stdout, /Number of stat entries = 1/);
    match(stdout, /Number of resolved IPv4 addresses in file: 1/);
  });
});
