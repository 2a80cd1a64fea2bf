/** A TCP segment, in the words of `tcpdump -n`. */

import { u16, u32 } from "./big-endian.ts";
import { pseudoHeader } from "./checksum.ts";
import type { Conversations } from "./conversations.ts";
import { type Ipv4Packet, PROTOCOL } from "./ipv4.ts";
import { printIpv4 } from "./ipv4-number.ts";
import { wrongChecksum } from "./print-checksum.ts";
import { TCP_HEADER } from "./tcp.ts";
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from "./tcp-segment.ts";

const FLAGS: [flag: number, letter: string][] = [
  [FIN, "F"],
  [SYN, "S"],
  [RST, "R"],
  [PSH, "P"],
  [ACK, "."],
  [URG, "U"],
  [ECE, "E"],
  [CWR, "W"],
];

/** @internal Its addresses and all that its header says; `length` is what the packet's payload should have. */
export function printTcp(packet: Ipv4Packet, length: number, isWhole: boolean, conversations?: Conversations): string {
  const { source, destination, payload: bytes } = packet;
  const addresses = `${printIpv4(source)} > ${printIpv4(destination)}`;
  if (bytes.length < TCP_HEADER) return `${addresses}: [|tcp], length ${length}`;
  const [from, to, seq, ack] = [u16(bytes, 0), u16(bytes, 2), u32(bytes, 4), u32(bytes, 8)];
  const flags = bytes[13]!;
  const headerLength = (bytes[12]! >> 4) * 4;
  const ports = `${printIpv4(source)}.${from} > ${printIpv4(destination)}.${to}`;
  if (headerLength < TCP_HEADER || headerLength > length) {
    return `${ports}: Flags [${printFlags(flags)}], bad hdr length ${headerLength}, length ${length}`;
  }
  const payloadLength = length - headerLength;
  const origins = conversations?.originsOf(source, destination, { from, to, seq, ack, flags }) ?? { seq: 0, ack: 0 };
  const first = (seq - origins.seq) >>> 0;

  const said = [`Flags [${printFlags(flags)}]`];
  if (isWhole) said.push(...badChecksum(bytes, source, destination));
  if (payloadLength > 0) said.push(`seq ${first}:${(first + payloadLength) >>> 0}`);
  else if (flags & (SYN | FIN | RST)) said.push(`seq ${first}`);
  if (flags & ACK) said.push(`ack ${(ack - origins.ack) >>> 0}`);
  said.push(`win ${u16(bytes, 14)}`);
  if (flags & URG) said.push(`urg ${u16(bytes, 18)}`);
  if (headerLength > TCP_HEADER) {
    said.push(
      `options [${printOptions(bytes.subarray(TCP_HEADER, headerLength), origins.ack, headerLength > bytes.length)}]`,
    );
  }
  said.push(`length ${payloadLength}`);
  return `${ports}: ${said.join(", ")}`;
}

function printFlags(flags: number): string {
  const letters = FLAGS.filter(([flag]) => flags & flag).map(([, letter]) => letter);
  return letters.join("") || "none";
}

function badChecksum(bytes: Uint8Array, source: number, destination: number): string[] {
  const wrong = wrongChecksum(bytes, 16, bytes.length, pseudoHeader(source, destination, PROTOCOL.tcp, bytes.length));
  return wrong === undefined ? [] : [`cksum ${wrong.is} (incorrect -> ${wrong.shouldBe})`];
}

/** In the order in which they stand there. */
function printOptions(bytes: Uint8Array, origin: number, isCut: boolean): string {
  const said: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]!;
    if (kind === 0) return [...said, "eol"].join(",");
    const length = kind === 1 ? 1 : (bytes[at + 1] ?? 0);
    if (length === 0 || (kind !== 1 && length < 2) || at + length > bytes.length) {
      return [...said, isCut ? "|tcp" : "bad opt"].join(",");
    }
    said.push(printOption(kind, bytes.subarray(at, at + length), origin));
    at += length;
  }
  return said.join(",");
}

function printOption(kind: number, option: Uint8Array, origin: number): string {
  const { length } = option;
  if (kind === 1) return "nop";
  if (kind === 2 && length === 4) return `mss ${u16(option, 2)}`;
  if (kind === 3 && length === 3) return `wscale ${option[2]}`;
  if (kind === 4 && length === 2) return "sackOK";
  if (kind === 8 && length === 10) return `TS val ${u32(option, 2)} ecr ${u32(option, 6)}`;
  if (kind === 5 && length > 2 && (length - 2) % 8 === 0) {
    const blocks = Array.from({ length: (length - 2) / 8 }, (_, i) => 2 + 8 * i);
    // What has arrived is counted as the peer counts.
    const print = (at: number) => `{${(u32(option, at) - origin) >>> 0}:${(u32(option, at + 4) - origin) >>> 0}}`;
    return `sack ${blocks.length} ${blocks.map(print).join("")}`;
  }
  if (kind === 34) return length === 2 ? "tfo cookiereq" : `tfo cookie ${hex(option.subarray(2))}`;
  return length === 2 ? `unknown-${kind}` : `unknown-${kind} 0x${hex(option.subarray(2))}`;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
