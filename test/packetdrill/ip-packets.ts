/**
 * IPv4 packets ⇄ values, for scripts: written apart from src/wire, so that a mistake there is not made here too, and
 * option by option, so that a script can say what no well-behaved stack would.
 */

import type { TcpOption } from "./script.ts";

export interface Datagram {
  /** IPv4 addresses as numbers. */
  readonly source: number;
  readonly destination: number;
  readonly tos: number;
  readonly ttl: number;
  readonly payload: Segment | Udp | Icmp;
}

export interface Segment {
  readonly kind: "tcp";
  readonly from: number;
  readonly to: number;
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: readonly TcpOption[];
  readonly data: Uint8Array;
}

export interface Udp {
  readonly kind: "udp";
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

export interface Icmp {
  readonly kind: "icmp";
  readonly type: number;
  readonly code: number;
  /** The four bytes behind the checksum: an MTU, or an identifier and a number. */
  readonly rest: number;
  readonly data: Uint8Array;
}

const IP_HEADER = 20;
const TCP_HEADER = 20;
const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17 } as const;
/** From the lowest bit on; "." is ACK, as the language writes it. */
const FLAGS = "FSRP.UEW";

export function encodeDatagram({ source, destination, tos, ttl, payload }: Datagram): Uint8Array {
  const inner =
    payload.kind === "tcp" ? tcpBytes(payload) : payload.kind === "udp" ? udpBytes(payload) : icmpBytes(payload);
  const bytes = new Uint8Array(IP_HEADER + inner.length);
  const view = new DataView(bytes.buffer);
  bytes.set(inner, IP_HEADER);
  view.setUint16(0, 0x4500 | tos);
  view.setUint16(2, bytes.length);
  // Not to be cut: nobody else is told that a packet was too long.
  view.setUint16(6, 0x4000);
  view.setUint8(8, ttl);
  view.setUint8(9, PROTOCOLS[payload.kind]);
  view.setUint32(12, source);
  view.setUint32(16, destination);
  view.setUint16(10, checksum(bytes, 0, IP_HEADER));
  if (payload.kind === "icmp") view.setUint16(IP_HEADER + 2, checksum(bytes, IP_HEADER));
  else view.setUint16(IP_HEADER + (payload.kind === "tcp" ? 16 : 6), withPseudoHeader(bytes) || 0xffff);
  return bytes;
}

function tcpBytes(segment: Segment): Uint8Array {
  const options = optionBytes(segment.options);
  const header = TCP_HEADER + options.length;
  const bytes = new Uint8Array(header + segment.data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, segment.from);
  view.setUint16(2, segment.to);
  view.setUint32(4, segment.seq);
  view.setUint32(8, segment.ack);
  view.setUint8(12, (header / 4) << 4);
  view.setUint8(
    13,
    [...segment.flags].reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0),
  );
  view.setUint16(14, segment.window);
  view.setUint16(18, segment.urgent);
  bytes.set(options, TCP_HEADER);
  bytes.set(segment.data, header);
  return bytes;
}

function optionBytes(options: readonly TcpOption[]): Uint8Array {
  const bytes = options.flatMap((option): number[] => {
    switch (option.kind) {
      case "eol":
        return [0];
      case "nop":
        return [1];
      case "mss":
        return [2, 4, ...u16(option.value)];
      case "wscale":
        return [3, 3, option.value];
      case "sackOK":
        return [4, 2];
      case "sack":
        return [5, 2 + 8 * option.blocks.length, ...option.blocks.flat().flatMap(u32)];
      case "TS":
        return [8, 10, ...u32(option.value), ...u32(option.echo)];
      default:
        return [option.code, 2 + option.data.length, ...option.data];
    }
  });
  // A header is so many words of four bytes; what fills the last one is zeros, the end of the options.
  while (bytes.length % 4 !== 0) bytes.push(0);
  return Uint8Array.from(bytes);
}

function udpBytes({ from, to, data }: Udp): Uint8Array {
  return Uint8Array.from([...u16(from), ...u16(to), ...u16(8 + data.length), 0, 0, ...data]);
}

function icmpBytes({ type, code, rest, data }: Icmp): Uint8Array {
  return Uint8Array.from([type, code, 0, 0, ...u32(rest), ...data]);
}

/** Or, in words, why it is none: what is damaged must be told, since it came from the machine that is tried. */
export function decodeDatagram(bytes: Uint8Array): Datagram | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < IP_HEADER || view.getUint8(0) >> 4 !== 4) return "no IPv4 packet";
  const header = (view.getUint8(0) & 15) * 4;
  const length = view.getUint16(2);
  if (header < IP_HEADER || length < header || length > bytes.length) return "an IPv4 packet of a wrong length";
  const packet = bytes.subarray(0, length);
  if (checksum(packet, 0, header) !== 0) return "an IPv4 packet with a wrong checksum";
  if ((view.getUint16(6) & 0x3fff) !== 0) return "a fragment of an IPv4 packet";
  const payload = decodePayload(packet, header, view.getUint8(9));
  if (typeof payload === "string") return payload;
  return {
    source: view.getUint32(12),
    destination: view.getUint32(16),
    tos: view.getUint8(1),
    ttl: view.getUint8(8),
    payload,
  };
}

function decodePayload(packet: Uint8Array, at: number, protocol: number): Datagram["payload"] | string {
  const view = new DataView(packet.buffer, packet.byteOffset + at, packet.length - at);
  if (protocol === PROTOCOLS.icmp) {
    if (view.byteLength < 8 || checksum(packet, at) !== 0) return "a damaged ICMP message";
    return {
      kind: "icmp",
      type: view.getUint8(0),
      code: view.getUint8(1),
      rest: view.getUint32(4),
      data: packet.slice(at + 8),
    };
  }
  if (protocol === PROTOCOLS.udp) {
    if (view.byteLength < 8 || view.getUint16(4) !== view.byteLength) return "a UDP datagram of a wrong length";
    if (view.getUint16(6) !== 0 && withPseudoHeader(packet, at) !== 0) return "a UDP datagram with a wrong checksum";
    return { kind: "udp", from: view.getUint16(0), to: view.getUint16(2), data: packet.slice(at + 8) };
  }
  if (protocol !== PROTOCOLS.tcp) return `a packet of protocol ${protocol}`;
  if (view.byteLength < TCP_HEADER || withPseudoHeader(packet, at) !== 0) return "a TCP segment with a wrong checksum";
  const header = (view.getUint8(12) >> 4) * 4;
  const options = decodeOptions(packet.subarray(at + TCP_HEADER, at + header));
  if (header < TCP_HEADER || header > view.byteLength || options === undefined)
    return "a TCP segment with a wrong header";
  return {
    kind: "tcp",
    from: view.getUint16(0),
    to: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: [...FLAGS].filter((_, bit) => view.getUint8(13) & (1 << bit)).join(""),
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    options,
    data: packet.slice(at + header),
  };
}

function decodeOptions(bytes: Uint8Array): TcpOption[] | undefined {
  const options: TcpOption[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at]!;
    if (code === 0) return options;
    if (code === 1) {
      options.push({ kind: "nop" });
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) return undefined;
    options.push(decodeOption(code, view, at + 2, length - 2));
    at += length;
  }
  return options;
}

function decodeOption(code: number, view: DataView, at: number, length: number): TcpOption {
  if (code === 2 && length === 2) return { kind: "mss", value: view.getUint16(at) };
  if (code === 3 && length === 1) return { kind: "wscale", value: view.getUint8(at) };
  if (code === 4 && length === 0) return { kind: "sackOK" };
  if (code === 8 && length === 8) return { kind: "TS", value: view.getUint32(at), echo: view.getUint32(at + 4) };
  if (code === 5 && length % 8 === 0) {
    const blocks = Array.from({ length: length / 8 }, (_, i) => {
      return [view.getUint32(at + 8 * i), view.getUint32(at + 8 * i + 4)] as const;
    });
    return { kind: "sack", blocks };
  }
  return { kind: "other", code, data: new Uint8Array(view.buffer, view.byteOffset + at, length).slice() };
}

/** Of TCP or UDP behind its IPv4 header: 0 where what is there is right (RFC 9293 §3.1). */
function withPseudoHeader(packet: Uint8Array, at = IP_HEADER): number {
  const length = packet.length - at;
  return checksum(Uint8Array.from([...packet.subarray(12, 20), 0, packet[9]!, ...u16(length), ...packet.subarray(at)]));
}

/** RFC 1071. */
function checksum(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) sum += (bytes[at]! << 8) | (at + 1 < to ? bytes[at + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const u16 = (value: number): number[] => [value >>> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
