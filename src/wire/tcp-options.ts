/**
 * The options of a TCP segment (RFC 9293 §3.2): kind, length, value – but for two that are a kind only.
 *
 *     0                  end of the list           2  4  mss        maximum segment size
 *     1                  nothing, to align         3  3  shift      window scale (RFC 7323 §2.2)
 *     8 10 TSval TSecr   timestamps (RFC 7323)     4  2             SACK permitted (RFC 2018 §2)
 *                                                  5 +8 start end…  SACK (RFC 2018 §3)
 *
 * They are put as Linux puts them, so that its segments come out of here as they came in: MSS, timestamps with SACK
 * permitted in the two bytes before them, window scale, SACK, each behind NOPs up to a multiple of four.
 */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";
import type { SackBlock, TcpSegment } from "./tcp-segment.ts";

export type TcpOptions = Pick<
  TcpSegment,
  "mss" | "windowScale" | "isSackPermitted" | "timestamp" | "echo" | "sack" | "unknownOptions"
>;

const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/** All that the header's length has room for: 15 words, of which five are no options. */
const MOST = 40;

/** NOP, NOP, and timestamps of ten bytes: most segments have these options and no others (RFC 7323, appendix A). */
export const TIMESTAMPS_ALONE = 0x0101080a;

/**
 * Reads those from `from` to `to`, wherever they begin (MUST-64). One that is too short to be an option, or runs over
 * the end, spoils all: there is no telling where the next begins (MUST-7). One whose length is not the one its kind
 * has is not known here, and goes with the unknown ones, which nobody minds (MUST-6).
 *
 * @example
 * parseTcpOptions(Uint8Array.of(2, 4, 5, 180), 0, 4)?.mss; // 1460
 */
export function parseTcpOptions(bytes: Uint8Array, from: number, to: number): TcpOptions | undefined {
  let mss: number | undefined;
  let windowScale: number | undefined;
  let isSackPermitted = false;
  let timestamp: number | undefined;
  let echo: number | undefined;
  let sack: SackBlock[] | undefined;
  let unknown: number[] | undefined;

  for (let at = from; at < to; ) {
    const kind = bytes[at]!;
    if (kind === END) break;
    if (kind === NOP) {
      at += 1;
      continue;
    }
    const length = at + 1 < to ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > to) return undefined;
    if (kind === TIMESTAMPS && length === 10) {
      timestamp = u32(bytes, at + 2);
      echo = u32(bytes, at + 6);
    } else if (kind === SACK && length > 2 && (length - 2) % 8 === 0) {
      sack = [];
      for (let block = at + 2; block < at + length; block += 8) {
        sack.push({ start: u32(bytes, block), end: u32(bytes, block + 4) });
      }
    } else if (kind === MSS && length === 4) {
      mss = u16(bytes, at + 2);
    } else if (kind === WINDOW_SCALE && length === 3) {
      windowScale = bytes[at + 2]!;
    } else if (kind === SACK_PERMITTED && length === 2) {
      isSackPermitted = true;
    } else {
      unknown ??= [];
      for (let i = at; i < at + length; i++) unknown.push(bytes[i]!);
    }
    at += length;
  }
  const unknownOptions = unknown && Uint8Array.from(unknown);
  return { mss, windowScale, isSackPermitted, timestamp, echo, sack, unknownOptions };
}

/**
 * How many bytes they take: a multiple of four.
 *
 * @example
 * tcpOptionsLength(segmentOf({ mss: 1460, windowScale: 7 })); // 8
 */
export function tcpOptionsLength(options: TcpOptions): number {
  let length = 0;
  if (options.timestamp !== undefined) length += 12;
  else if (options.isSackPermitted) length += 4;
  if (options.mss !== undefined) length += 4;
  if (options.windowScale !== undefined) length += 4;
  if (options.sack !== undefined && options.sack.length > 0) length += 4 + 8 * options.sack.length;
  if (options.unknownOptions !== undefined) length += (options.unknownOptions.length + 3) & ~3;
  if (length > MOST) throw new RangeError(`Cannot put options of ${length} bytes: there is room for ${MOST}`);
  return length;
}

/**
 * Puts them from `at` on, and says where they end.
 *
 * @example
 * const bytes = new Uint8Array(4);
 * putTcpOptions(bytes, 0, segmentOf({ mss: 1460 })); // 4
 * bytes; // Uint8Array [2, 4, 5, 180]
 */
export function putTcpOptions(bytes: Uint8Array, at: number, options: TcpOptions): number {
  let end = at;
  if (options.mss !== undefined) {
    putU16(bytes, end, (MSS << 8) | 4);
    putU16(bytes, end + 2, options.mss);
    end += 4;
  }
  const packed = options.isSackPermitted ? (SACK_PERMITTED << 8) | 2 : (NOP << 8) | NOP;
  if (options.timestamp !== undefined) {
    putU16(bytes, end, packed);
    putU16(bytes, end + 2, (TIMESTAMPS << 8) | 10);
    putU32(bytes, end + 4, options.timestamp);
    putU32(bytes, end + 8, options.echo ?? 0);
    end += 12;
  } else if (options.isSackPermitted) {
    putU16(bytes, end, (NOP << 8) | NOP);
    putU16(bytes, end + 2, packed);
    end += 4;
  }
  if (options.windowScale !== undefined) {
    putU16(bytes, end, (NOP << 8) | WINDOW_SCALE);
    putU16(bytes, end + 2, (3 << 8) | options.windowScale);
    end += 4;
  }
  const { sack, unknownOptions } = options;
  if (sack !== undefined && sack.length > 0) {
    putU16(bytes, end, (NOP << 8) | NOP);
    putU16(bytes, end + 2, (SACK << 8) | (2 + 8 * sack.length));
    end += 4;
    for (let i = 0; i < sack.length; i++, end += 8) {
      putU32(bytes, end, sack[i]!.start);
      putU32(bytes, end + 4, sack[i]!.end);
    }
  }
  if (unknownOptions !== undefined) {
    bytes.set(unknownOptions, end);
    end += unknownOptions.length;
    while ((end - at) % 4 !== 0) bytes[end++] = NOP;
  }
  return end;
}
