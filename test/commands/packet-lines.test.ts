import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { PacketLines } from "../../src/commands/packet-lines.ts";
import { ETHERTYPE, emitEthernet, FCS, putFcs } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import {
  type CapturedPacket,
  type InterfaceDescription,
  type InterfaceStatistics,
  LINKTYPE,
  type PcapngBlock,
} from "../../src/wire/pcapng.ts";
import { emitTcp } from "../../src/wire/tcp.ts";
import { ACK, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";
import { A, B, damaged, joined } from "../wire/packets.ts";

const ip = emitIpv4Packet(ipv4Packet({ source: A, destination: B, protocol: 99 }));
const frame = emitEthernet({ destination: 2, source: 1, type: ETHERTYPE.ipv4, payload: ip });
const SAYS = "IP 10.0.0.1 > 10.0.0.2: ip-proto-99, length 0";

const place = (fields: Partial<InterfaceDescription> = {}): InterfaceDescription => ({
  kind: "interface",
  linkType: LINKTYPE.ethernet,
  snapLength: 0,
  name: "a",
  description: undefined,
  ticksPerSecond: 1e9,
  fcsLength: 0,
  comments: [],
  ...fields,
});
const packet = (fields: Partial<CapturedPacket> = {}): CapturedPacket => ({
  kind: "packet",
  interface: 0,
  time: 1.5,
  direction: undefined,
  bytes: frame,
  length: frame.length,
  comments: [],
  ...fields,
});
const section = (...comments: string[]): PcapngBlock => ({
  kind: "section",
  hardware: undefined,
  os: undefined,
  application: "maitred",
  comments,
});
const statistics = (fields: Partial<InterfaceStatistics> = {}): PcapngBlock => ({
  kind: "statistics",
  interface: 0,
  time: 5,
  start: undefined,
  end: undefined,
  received: 7,
  dropped: 0,
  comments: [],
  ...fields,
});

const a = place();
const b = place({ name: "router", comments: ["no cable"] });
const nameless = place({ name: undefined });
const checked = place({ fcsLength: FCS });
const withFcs = joined(frame, new Uint8Array(FCS));
putFcs(withFcs);

const LINES: [what: string, block: PcapngBlock, interfaces: InterfaceDescription[], lines: string][] = [
  ["a packet", packet(), [a], `00:00:00.001500 ${SAYS}\n`],
  ["one that came in", packet({ direction: "in" }), [a], `00:00:00.001500 In  ${SAYS}\n`],
  ["one that went out", packet({ direction: "out" }), [a], `00:00:00.001500 Out ${SAYS}\n`],
  ["one without time", packet({ time: undefined }), [a], `--:--:--.------ ${SAYS}\n`],
  ["one of several interfaces", packet({ direction: "in" }), [a, b], `00:00:00.001500 a     In  ${SAYS}\n`],
  ["one of the other", packet({ interface: 1 }), [a, b], `00:00:00.001500 router ${SAYS}\n`],
  ["one of an interface without name", packet({ interface: 1 }), [a, nameless], `00:00:00.001500 #1    ${SAYS}\n`],
  [
    "one without a frame",
    packet({ bytes: ip, length: 20 }),
    [place({ linkType: LINKTYPE.raw })],
    `00:00:00.001500 ${SAYS}\n`,
  ],
  ["one with an FCS", packet({ bytes: withFcs, length: 38 }), [checked], `00:00:00.001500 ${SAYS}\n`],
  [
    "one with another FCS",
    packet({ bytes: damaged(withFcs, 37), length: 38 }),
    [checked],
    `00:00:00.001500 ${SAYS} [bad FCS]\n`,
  ],
  ["one that was cut", packet({ bytes: frame.subarray(0, 20) }), [a], "00:00:00.001500 IP [|ip], length 20\n"],
  [
    "one with remarks",
    packet({ comments: ["lost", "twice\nas late"] }),
    [a],
    `00:00:00.001500 ${SAYS}\n    # lost\n    # twice\n    # as late\n`,
  ],
  [
    "a remark that a terminal would obey",
    packet({ comments: ["\x1b[2J"] }),
    [a],
    `00:00:00.001500 ${SAYS}\n    # \\x1b[2J\n`,
  ],
  ["a name that one would", packet(), [place({ name: "\x07" }), a], `00:00:00.001500 \\x07  ${SAYS}\n`],
  ["a section", section(), [], ""],
  ["a section with remarks", section("seed 7", "loss 2 %"), [], "# seed 7\n# loss 2 %\n"],
  ["an interface", a, [a], ""],
  ["one with a remark", b, [a, b], "# router: no cable\n"],
  ["statistics", statistics(), [a], ""],
  ["losses", statistics({ dropped: 3 }), [a], "# a: 3 packets dropped\n"],
  ["a remark on the end", statistics({ interface: 1, comments: ["so it went"] }), [a, b], "# router: so it went\n"],
  ["names", { kind: "names", entries: [], comments: ["nobody"] }, [], ""],
  ["something unknown", { kind: "unknown", type: 9, body: new Uint8Array(4) }, [], ""],
];

for (const [what, block, interfaces, lines] of LINES) {
  test(what, () => equal(new PacketLines().of(block, interfaces), lines));
}

test("on a terminal times are dim, and remarks yellow", () => {
  const lines = new PacketLines({ colours: true });
  equal(
    lines.of(packet({ comments: ["lost"] }), [a]),
    `\x1b[2m00:00:00.001500\x1b[0m ${SAYS}\n    \x1b[33m# lost\x1b[0m\n`,
  );
});

const tcp = (source: number, destination: number, segment: Partial<TcpSegment>): CapturedPacket => {
  const payload = emitTcp(segmentOf({ from: 5, to: 5, window: 512, ...segment }), source, destination);
  const bytes = emitIpv4Packet(ipv4Packet({ source, destination, protocol: PROTOCOL.tcp, payload }));
  return packet({ bytes, length: bytes.length });
};

test("sequence numbers count from the conversation's beginning, unless they are wanted as they are", () => {
  const conversation = [
    tcp(A, B, { seq: 1000, flags: SYN }),
    tcp(B, A, { seq: 7000, ack: 1001, flags: SYN | ACK }),
    tcp(A, B, { seq: 1001, ack: 7001, flags: ACK }),
  ];
  const told = (lines: PacketLines): string[] =>
    conversation.map((one) => /(seq|ack) .*?(?=, win)/.exec(lines.of(one, [place({ linkType: LINKTYPE.raw })]))![0]);
  deepEqual(told(new PacketLines()), ["seq 1000", "seq 7000, ack 1001", "ack 1"]);
  deepEqual(told(new PacketLines({ absolute: true })), ["seq 1000", "seq 7000, ack 1001", "ack 7001"]);
});
