/**
 * The UDP datagram (RFC 768).
 *
 *      0              16              31
 *     +---------------+---------------+
 *     |  source port  | destin. port  |
 *     +---------------+---------------+
 *     |    length     |   checksum    |
 *     +---------------+---------------+
 *     |  payload …
 */

import { putU16, u16 } from "./big-endian.ts";
import { checksum, pseudoHeader, sum } from "./checksum.ts";
import { PROTOCOL } from "./ipv4.ts";

/** Its length. */
export const UDP_HEADER = 8;

export interface UdpDatagram {
  /** Source and destination port. */
  readonly from: number;
  readonly to: number;
  readonly payload: Uint8Array;
}

/**
 * Reads a datagram; `pseudo` is the pseudo header of all the bytes.
 *
 * @example
 * parseUdp(Uint8Array.of(4, 0, 0, 53, 0, 8, 0, 0), 0)?.to; // 53
 */
export function parseUdp(bytes: Uint8Array, pseudo: number): UdpDatagram | undefined {
  if (bytes.length < UDP_HEADER) return undefined;
  const length = u16(bytes, 4);
  if (length < UDP_HEADER || length > bytes.length) return undefined;
  if (!isGood(bytes, length, pseudo)) return undefined;
  return { from: u16(bytes, 0), to: u16(bytes, 2), payload: bytes.subarray(UDP_HEADER, length) };
}

function isGood(bytes: Uint8Array, length: number, pseudo: number): boolean {
  // "An all zero transmitted checksum value means that the transmitter generated no checksum" (RFC 768).
  if (u16(bytes, 6) === 0) return true;
  // The pseudo header counts the datagram, the caller's what IP has brought: the one is taken off, the other added.
  return sum(bytes, 0, length, pseudo + (~bytes.length & 0xffff) + length) === 0xffff;
}

/**
 * Puts header and payload; `pseudo` is the pseudo header of both.
 *
 * @example
 * const bytes = new Uint8Array(13);
 * const pseudo = pseudoHeader(0x0a000001, 0x0a000002, PROTOCOL.udp, 13);
 * putUdp(bytes, 0, { from: 1024, to: 53, payload: utf8("hello") }, pseudo);
 * parseUdp(bytes, pseudo)?.from; // 1024
 */
export function putUdp(bytes: Uint8Array, at: number, datagram: UdpDatagram, pseudo: number): void {
  const length = UDP_HEADER + datagram.payload.length;
  if (length > 0xffff) throw new RangeError(`Cannot put a datagram: one of ${length} bytes is too long`);
  putU16(bytes, at, datagram.from);
  putU16(bytes, at + 2, datagram.to);
  putU16(bytes, at + 4, length);
  putU16(bytes, at + 6, 0);
  bytes.set(datagram.payload, at + UDP_HEADER);
  // One that is truly zero goes as all ones, since zero says "no checksum".
  putU16(bytes, at + 6, checksum(bytes, at, at + length, pseudo) || 0xffff);
}

/**
 * The datagram's bytes, between these IPv4 addresses.
 *
 * @example
 * emitUdp({ from: 1024, to: 53, payload: utf8("hello") }, 0x0a000001, 0x0a000002).length; // 13
 */
export function emitUdp(datagram: UdpDatagram, source: number, destination: number): Uint8Array {
  const bytes = new Uint8Array(UDP_HEADER + datagram.payload.length);
  putUdp(bytes, 0, datagram, pseudoHeader(source, destination, PROTOCOL.udp, bytes.length));
  return bytes;
}
