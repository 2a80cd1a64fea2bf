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
  return sum(bytes, 0, bytes.length, pseudo) === 0xffff ? readTcp(bytes) : undefined;
}

/** @internal A segment whatever its checksum is, for who looks at those that are damaged. */
export function readTcp(bytes: Uint8Array): TcpSegment | undefined {
  if (bytes.length < TCP_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = (view.getUint8(12) >> 4) << 2;
  if (headerLength < TCP_HEADER || headerLength > bytes.length) return undefined;
  const isTimestampsAlone = headerLength === TCP_HEADER + 12 && view.getUint32(20) === TIMESTAMPS_ALONE;
  const options =
    isTimestampsAlone || headerLength === TCP_HEADER ? NO_OPTIONS : parseTcpOptions(bytes, TCP_HEADER, headerLength);
  if (options === undefined) return undefined;
  return {
    from: view.getUint16(0),
    to: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    // What is reserved before them is ignored.
    flags: view.getUint8(13),
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    mss: options.mss,
    windowScale: options.windowScale,
    isSackPermitted: options.isSackPermitted,
    timestamp: isTimestampsAlone ? view.getUint32(24) : options.timestamp,
    echo: isTimestampsAlone ? view.getUint32(28) : options.echo,
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
  const headerLength = tcpHeaderLength(segment);
  const length = headerLength + segment.payload.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint16(at, segment.from);
  view.setUint16(at + 2, segment.to);
  view.setUint32(at + 4, segment.seq);
  view.setUint32(at + 8, segment.ack);
  view.setUint8(at + 12, headerLength << 2);
  view.setUint8(at + 13, segment.flags);
  view.setUint16(at + 14, segment.window);
  view.setUint16(at + 16, 0);
  view.setUint16(at + 18, segment.urgent);
  if (headerLength > TCP_HEADER) putTcpOptions(bytes, at + TCP_HEADER, segment);
  if (segment.payload.length > 0) bytes.set(segment.payload, at + headerLength);
  view.setUint16(at + 16, checksum(bytes, at, at + length, pseudo));
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
