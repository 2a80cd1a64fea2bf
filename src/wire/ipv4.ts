/**
 * The IPv4 packet (RFC 791 §3.1).
 *
 *      0       4       8              16   19                  31
 *     +-------+-------+---------------+-------------------------+
 *     |   4   |header |      TOS      |      total length       |
 *     +-------+-------+---------------+----+--------------------+
 *     |        identification         | DM |fragment offset (÷8)|
 *     +---------------+---------------+----+--------------------+
 *     |      TTL      |   protocol    |    header checksum      |
 *     +---------------+---------------+-------------------------+
 *     |                         source                          |
 *     +---------------------------------------------------------+
 *     |                       destination                       |
 *     +---------------------------------------------------------+
 *     | options …                                   | payload …
 */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";
import { checksum, sum } from "./checksum.ts";

/** Its length without options. */
export const IPV4_HEADER = 20;

/** Who reads the payload. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

export interface Ipv4Header {
  /** DSCP and ECN, as they stand there (RFC 2474, RFC 3168). */
  readonly tos: number;
  /** The same in all fragments of one packet. */
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Where the payload stands in the whole packet's, in bytes: a multiple of eight. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: number;
  readonly destination: number;
  /** As they stand there, with the zeros that fill them up to a multiple of four bytes. */
  readonly options: Uint8Array;
}

export interface Ipv4Packet extends Ipv4Header {
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET = 0x1fff;

/**
 * Reads the packet which the bytes from `from` to `to` start with. What is behind its total length belongs to the
 * frame. Whether fragments fit together is their collector's business.
 *
 * @example
 * parseIpv4Packet(new Uint8Array(20)); // undefined
 */
export function parseIpv4Packet(bytes: Uint8Array, from = 0, to = bytes.length): Ipv4Packet | undefined {
  const headerLength = headerLengthAt(bytes, from, to);
  if (headerLength === 0) return undefined;
  const length = u16(bytes, from + 2);
  if (length < headerLength || length > to - from) return undefined;
  if (sum(bytes, from, from + headerLength) !== 0xffff) return undefined;
  return packetAt(bytes, from, headerLength, from + length);
}

/**
 * Reads what an ICMP error quotes of the packet that it is about: the header, and as much as there is behind it
 * (RFC 792; RFC 1812 §4.3.2.3). Who has quoted it may have changed it, so its checksum says nothing.
 *
 * @example
 * parseIpv4Quote(new Uint8Array(28)); // undefined
 */
export function parseIpv4Quote(bytes: Uint8Array): Ipv4Packet | undefined {
  const headerLength = headerLengthAt(bytes, 0, bytes.length);
  if (headerLength === 0) return undefined;
  const length = u16(bytes, 2);
  return packetAt(bytes, 0, headerLength, Math.max(headerLength, Math.min(length, bytes.length)));
}

/** 0 where no header of version 4 stands there. */
function headerLengthAt(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < IPV4_HEADER) return 0;
  const first = bytes[from]!;
  const length = (first & 0xf) << 2;
  return first >> 4 === 4 && length >= IPV4_HEADER && length <= to - from ? length : 0;
}

function packetAt(bytes: Uint8Array, from: number, headerLength: number, end: number): Ipv4Packet {
  // The bit before "don't fragment" is reserved, and nobody minds it.
  const fragment = u16(bytes, from + 6);
  const start = from + headerLength;
  return {
    tos: bytes[from + 1]!,
    identification: u16(bytes, from + 4),
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (fragment & OFFSET) << 3,
    ttl: bytes[from + 8]!,
    protocol: bytes[from + 9]!,
    source: u32(bytes, from + 12),
    destination: u32(bytes, from + 16),
    options: headerLength === IPV4_HEADER ? NOTHING : bytes.subarray(from + IPV4_HEADER, start),
    payload: bytes.subarray(start, end),
  };
}

/**
 * Puts the header, checksum and all, before a payload of this length.
 *
 * @example
 * const bytes = new Uint8Array(20);
 * putIpv4Header(bytes, 0, ipv4Packet({ protocol: PROTOCOL.udp }), 0);
 * parseIpv4Packet(bytes)?.protocol; // 17
 */
export function putIpv4Header(bytes: Uint8Array, at: number, header: Ipv4Header, payloadLength: number): void {
  const optionsLength = header.options.length;
  const headerLength = IPV4_HEADER + optionsLength;
  const length = headerLength + payloadLength;
  // The header's length is counted in words, in four bits.
  if (optionsLength % 4 !== 0 || optionsLength > 40) {
    throw new RangeError(`Cannot put an IPv4 header: options of ${optionsLength} bytes are none`);
  }
  if (length > 0xffff) throw new RangeError(`Cannot put an IPv4 header: a packet of ${length} bytes is too long`);
  const flags = (header.dontFragment ? DONT_FRAGMENT : 0) | (header.moreFragments ? MORE_FRAGMENTS : 0);
  bytes[at] = 0x40 | (headerLength >> 2);
  bytes[at + 1] = header.tos;
  putU16(bytes, at + 2, length);
  putU16(bytes, at + 4, header.identification);
  putU16(bytes, at + 6, flags | (header.fragmentOffset >> 3));
  bytes[at + 8] = header.ttl;
  bytes[at + 9] = header.protocol;
  putU16(bytes, at + 10, 0);
  putU32(bytes, at + 12, header.source);
  putU32(bytes, at + 16, header.destination);
  if (optionsLength > 0) bytes.set(header.options, at + IPV4_HEADER);
  putU16(bytes, at + 10, checksum(bytes, at, at + headerLength));
}

/**
 * The whole packet's bytes.
 *
 * @example
 * emitIpv4Packet(ipv4Packet({ payload: utf8("hello") })).length; // 25
 */
export function emitIpv4Packet(packet: Ipv4Packet): Uint8Array {
  const headerLength = IPV4_HEADER + packet.options.length;
  const bytes = new Uint8Array(headerLength + packet.payload.length);
  putIpv4Header(bytes, 0, packet, packet.payload.length);
  bytes.set(packet.payload, headerLength);
  return bytes;
}

/**
 * A packet of these fields: nothing is in the others, and it lives for 64 hops (RFC 1700).
 *
 * @example
 * ipv4Packet({ source: 0x0a000001, destination: 0x0a000002, protocol: PROTOCOL.udp }).ttl; // 64
 */
export function ipv4Packet(fields: Partial<Ipv4Packet>): Ipv4Packet {
  return {
    tos: fields.tos ?? 0,
    identification: fields.identification ?? 0,
    dontFragment: fields.dontFragment ?? false,
    moreFragments: fields.moreFragments ?? false,
    fragmentOffset: fields.fragmentOffset ?? 0,
    ttl: fields.ttl ?? 64,
    protocol: fields.protocol ?? 0,
    source: fields.source ?? 0,
    destination: fields.destination ?? 0,
    options: fields.options ?? NOTHING,
    payload: fields.payload ?? NOTHING,
  };
}
