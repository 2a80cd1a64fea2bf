/** Reads what comes behind `<` and `>`: TCP segments, UDP datagrams, ICMP messages. */

import type { Cursor } from "./cursor.ts";
import { ScriptError } from "./problems.ts";
import type { IcmpPacket, IpFacts, PacketAction, Ports, SequenceRange, TcpPacket, UdpPacket } from "./script.ts";
import { tcpOptions } from "./tcp-option-lists.ts";

export function packetAction(cursor: Cursor): PacketAction {
  const direction = cursor.next().text as "<" | ">";
  for (const layer of ["ipv4", "ipv6", "gre", "GREv0", "mpls"]) {
    if (cursor.is(layer)) cursor.refuse(`packets within packets (${layer})`);
  }
  // Older scripts name what an ICMP message is about before the message, as others name their IP facts.
  const about = isAboutPacket(cursor) ? aboutPacket(cursor) : undefined;
  const ip = ipFacts(cursor);
  if (direction === "<" && ip.ecn === "ect01") cursor.fail("one of ect0 and ect1 for a packet that goes in");
  if (cursor.is("udp")) return { kind: "packet", direction, ip, packet: udp(cursor) };
  if (cursor.is("icmp")) return { kind: "packet", direction, ip, packet: icmp(cursor, about) };
  const packet = tcp(cursor);
  // A reset says nothing of a window.
  if (direction === "<" && packet.window === undefined && !packet.flags.includes("R")) cursor.fail("a window (win …)");
  if (direction === "<" && packet.options === undefined) cursor.fail("options for a packet that goes in, not <...>");
  return { kind: "packet", direction, ip, packet };
}

const ECN = ["noecn", "ect0", "ect1", "ect01", "ce"] as const;

function ipFacts(cursor: Cursor): IpFacts {
  const facts: { -readonly [K in keyof IpFacts]: IpFacts[K] } = { ecn: undefined, tos: undefined, ttl: undefined };
  const close = cursor.skip("[") ? "]" : cursor.skip("(") ? ")" : undefined;
  if (close === undefined) return facts;
  do {
    const ecn = ECN.find((word) => cursor.skip(word));
    if (ecn !== undefined) facts.ecn = ecn;
    else if (cursor.skip("tos")) facts.tos = cursor.integer("a type of service", 256);
    else if (cursor.skip("ttl")) facts.ttl = cursor.integer("a time to live", 256);
    else if (cursor.is("flowlabel")) cursor.refuse("IPv6 (flowlabel)");
    else cursor.fail("ECN bits, tos or ttl");
  } while (cursor.skip(","));
  cursor.expect(close);
  return facts;
}

/** `8080 > 40000`, where it stands. */
function portsOf(cursor: Cursor): Ports | undefined {
  if (cursor.peek().kind !== "number" || !cursor.is(">", 1)) return undefined;
  const source = cursor.integer("a port", 65536);
  cursor.expect(">");
  return { source, destination: cursor.integer("a port", 65536) };
}

function tcp(cursor: Cursor): TcpPacket {
  const ports = portsOf(cursor);
  const flags = flagsOf(cursor);
  const sequence = sequenceRange(cursor);
  const ack = cursor.skip("ack") ? cursor.integer("an acknowledgment number") : undefined;
  const window = cursor.skip("win") ? cursor.integer("a window", 65536) : undefined;
  const urgent = cursor.skip("urg") ? cursor.integer("an urgent pointer", 65536) : 0;
  const options = tcpOptions(cursor);
  if (cursor.is("{")) cursor.refuse("packets that are damaged on purpose ({…})");
  return { kind: "tcp", ports, flags, sequence, ack, window, urgent, options };
}

function flagsOf(cursor: Cursor): string {
  if (cursor.skip("-")) return "";
  const isWord = cursor.peek().kind === "word";
  const letters = isWord ? cursor.next().text : "";
  const known = /^[FSRPEWU]*$/.test(letters);
  if (isWord && !known) {
    if (/^[FSRPEWUA0-9]+$/.test(letters)) cursor.refuse(`the AccECN flags "${letters}"`);
    cursor.fail(`flags of FSRPEWU behind "${letters}"`);
  }
  if (cursor.peek().kind === "number" && /^\.\d$/.test(cursor.peek().text)) {
    cursor.refuse(`the AccECN count "${cursor.peek().text}"`);
  }
  if (cursor.skip(".")) return `${letters}.`;
  return isWord ? letters : cursor.fail('flags, "udp" or "icmp"');
}

/** `1:1001(1000)` */
function sequenceRange(cursor: Cursor): SequenceRange {
  const { line } = cursor.peek();
  const start = cursor.integer("a sequence number");
  cursor.expect(":");
  const end = cursor.integer("a sequence number");
  cursor.expect("(");
  const length = cursor.integer("a length", 65536);
  cursor.expect(")");
  // Past 2³² − 1 it goes on with 0.
  if ((start + length) % 2 ** 32 !== end) {
    throw new ScriptError(
      cursor.path,
      line,
      `expected ${start}:${start + length}(${length}), got ${start}:${end}(${length})`,
    );
  }
  return { start, length };
}

function udp(cursor: Cursor): UdpPacket {
  cursor.expect("udp");
  const ports = portsOf(cursor);
  cursor.expect("(");
  const length = cursor.integer("a length", 65508);
  cursor.expect(")");
  return { kind: "udp", ports, length };
}

function icmp(cursor: Cursor, before: IcmpPacket["about"]): IcmpPacket {
  cursor.expect("icmp");
  const type = cursor.word("an ICMP type");
  const isCode = cursor.peek().kind === "word" && !cursor.is("mtu") && !cursor.is("id");
  const code = isCode ? cursor.next().text : undefined;
  const mtu = cursor.skip("mtu") ? cursor.integer("an MTU", 65536) : undefined;
  const id = cursor.skip("id") ? cursor.integer("an identifier", 65536) : undefined;
  return { kind: "icmp", type, code, mtu, id, about: isAboutPacket(cursor) ? aboutPacket(cursor) : before };
}

/** `[1:1461(1460)]` and `[udp (1000)]`, not `[ect0]`. */
function isAboutPacket(cursor: Cursor): boolean {
  return cursor.is("[") && (cursor.peek(1).kind === "number" || cursor.is("udp", 1) || cursor.is("raw", 1));
}

function aboutPacket(cursor: Cursor): IcmpPacket["about"] {
  cursor.expect("[");
  if (cursor.is("raw")) cursor.refuse("raw sockets");
  const about = cursor.is("udp")
    ? ({ protocol: "udp", sequence: { start: 0, length: udp(cursor).length } } as const)
    : ({ protocol: "tcp", sequence: sequenceRange(cursor) } as const);
  cursor.expect("]");
  return about;
}
