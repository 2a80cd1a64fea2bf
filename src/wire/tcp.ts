/**
 * The TCP segment's bytes (RFC 9293 §3.1).
 *
 *      0        4        8              16               31
 *     +--------+--------+---------------+---------------+
 *     |           source port           | destin. port  |
 *     +---------------------------------+---------------+
 *     |                 sequence number                 |
 *     +-------------------------------------------------+
 *     |              acknowledgment number              |
 *     +--------+--------+---------------+---------------+
 *     | header |   0    |     flags     |    window     |
 *     +--------+--------+---------------+---------------+
 *     |            checksum             |urgent pointer |
 *     +---------------------------------+---------------+
 *     | options …                       | payload …
 */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";
import { checksum, pseudoHeader, sum } from "./checksum.ts";
import { PROTOCOL } from "./ipv4.ts";
import { parseTcpOptions, putTcpOptions, type TcpOptions, TIMESTAMPS_ALONE, tcpOptionsLength } from "./tcp-options.ts";
import type { TcpSegment } from "./tcp-segment.ts";

/** Its length without options. */
export const TCP_HEADER = 20;

const NO_OPTIONS: TcpOptions = {
  mss: undefined,
  windowScale: undefined,
  isSackPermitted: false,
  timestamp: undefined,
  echo: undefined,
  sack: undefined,
  unknownOptions: undefined,
};

/**
 * Reads a segment, which is all of the bytes; `pseudo` is their pseudo header. There is no way to do without the
 * checksum (MUST-3).
 *
 * @example
 * parseTcp(new Uint8Array(20), 0); // undefined
 */
export function parseTcp(bytes: Uint8Array, pseudo: number): TcpSegment | undefined {
  return bytes.length < TCP_HEADER || sum(bytes, 0, bytes.length, pseudo) !== 0xffff ? undefined : readTcp(bytes);
}

/**
 * The same for a segment that never was on a cable: whoever sent it has left its checksum to a link that had no need to
 * make it, and the pseudo header's sum stands in its place (virtio 1.2 §5.1.6.4). One with a checksum is checked.
 *
 * @example
 * parseTcpUnsent(new Uint8Array(20), 0)?.window; // undefined
 */
export function parseTcpUnsent(bytes: Uint8Array, pseudo: number): TcpSegment | undefined {
  const isLeftOut = bytes.length >= TCP_HEADER && u16(bytes, 16) === sum(bytes, 0, 0, pseudo);
  return isLeftOut ? readTcp(bytes) : parseTcp(bytes, pseudo);
}

function readTcp(bytes: Uint8Array): TcpSegment | undefined {
  const headerLength = (bytes[12]! >> 4) << 2;
  if (headerLength < TCP_HEADER || headerLength > bytes.length) return undefined;
  const isTimestampsAlone = headerLength === TCP_HEADER + 12 && u32(bytes, 20) === TIMESTAMPS_ALONE;
  const options =
    isTimestampsAlone || headerLength === TCP_HEADER ? NO_OPTIONS : parseTcpOptions(bytes, TCP_HEADER, headerLength);
  if (options === undefined) return undefined;
  return {
    from: u16(bytes, 0),
    to: u16(bytes, 2),
    seq: u32(bytes, 4),
    ack: u32(bytes, 8),
    // What is reserved before them is ignored.
    flags: bytes[13]!,
    window: u16(bytes, 14),
    urgent: u16(bytes, 18),
    mss: options.mss,
    windowScale: options.windowScale,
    isSackPermitted: options.isSackPermitted,
    timestamp: isTimestampsAlone ? u32(bytes, 24) : options.timestamp,
    echo: isTimestampsAlone ? u32(bytes, 28) : options.echo,
    sack: options.sack,
    unknownOptions: options.unknownOptions,
    payload: bytes.subarray(headerLength),
  };
}

/**
 * How long its header is, with the options.
 *
 * @example
 * tcpHeaderLength(segmentOf({ mss: 1460 })); // 24
 */
export const tcpHeaderLength = (segment: TcpSegment): number => TCP_HEADER + tcpOptionsLength(segment);

/**
 * Puts header and payload; `pseudo` is the pseudo header of both.
 *
 * @example
 * const bytes = new Uint8Array(20);
 * const pseudo = pseudoHeader(0x0a000001, 0x0a000002, PROTOCOL.tcp, 20);
 * putTcp(bytes, 0, segmentOf({ from: 40_000, to: 80, seq: 7 }), pseudo);
 * parseTcp(bytes, pseudo)?.seq; // 7
 */
export function putTcp(bytes: Uint8Array, at: number, segment: TcpSegment, pseudo: number): void {
  putTcpUnsummed(bytes, at, segment);
  const length = tcpHeaderLength(segment) + segment.payload.length;
  putU16(bytes, at + 16, checksum(bytes, at, at + length, pseudo));
}

/** @internal The same without checksum, for whoever has it made by the link. */
export function putTcpUnsummed(bytes: Uint8Array, at: number, segment: TcpSegment): void {
  const headerLength = tcpHeaderLength(segment);
  putU16(bytes, at, segment.from);
  putU16(bytes, at + 2, segment.to);
  putU32(bytes, at + 4, segment.seq);
  putU32(bytes, at + 8, segment.ack);
  bytes[at + 12] = headerLength << 2;
  bytes[at + 13] = segment.flags;
  putU16(bytes, at + 14, segment.window);
  putU16(bytes, at + 16, 0);
  putU16(bytes, at + 18, segment.urgent);
  if (headerLength > TCP_HEADER) putTcpOptions(bytes, at + TCP_HEADER, segment);
  if (segment.payload.length > 0) bytes.set(segment.payload, at + headerLength);
}

/**
 * The segment's bytes, between these IPv4 addresses.
 *
 * @example
 * emitTcp(segmentOf({ from: 40_000, to: 80 }), 0x0a000001, 0x0a000002).length; // 20
 */
export function emitTcp(segment: TcpSegment, source: number, destination: number): Uint8Array {
  const bytes = new Uint8Array(tcpHeaderLength(segment) + segment.payload.length);
  putTcp(bytes, 0, segment, pseudoHeader(source, destination, PROTOCOL.tcp, bytes.length));
  return bytes;
}
