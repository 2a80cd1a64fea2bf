/**
 * What stands in a capture file that Wireshark opens: the blocks of pcapng (draft-ietf-opsawg-pcapng). They are put
 * lowest byte first; `pcap-reader.ts` reads either order.
 *
 *      0      4        8               n-4      n
 *     +------+--------+---------------+--------+
 *     | type | length |    body …     | length |
 *     +------+--------+---------------+--------+
 */

import { utf8 } from "../base/bytes.ts";
import type { IpAddress } from "./address.ts";
import {
  COMMENT,
  numberOption,
  optionsLength,
  type PcapngOption,
  padded,
  putOptions,
  textOption,
} from "./pcapng-options.ts";

export type PcapngBlock =
  | SectionHeader
  | InterfaceDescription
  | CapturedPacket
  | InterfaceStatistics
  | NameResolution
  | UnknownBlock;

/** Begins a file, or another one behind it: interfaces are counted anew. */
export interface SectionHeader {
  readonly kind: "section";
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  readonly application: string | undefined;
  readonly comments: readonly string[];
}

/** Where packets were captured; the first of a section is number 0. */
export interface InterfaceDescription {
  readonly kind: "interface";
  /** What the packets begin with: one of `LINKTYPE`, or another. */
  readonly linkType: number;
  /** So many bytes of a packet are kept; 0: all. */
  readonly snapLength: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** What times are counted in, for whoever puts packets: a power of ten or of two. */
  readonly ticksPerSecond: number;
  /** How many bytes of FCS packets end in, where it is known. */
  readonly fcsLength: number | undefined;
  readonly comments: readonly string[];
}

export interface CapturedPacket {
  readonly kind: "packet";
  readonly interface: number;
  /** Milliseconds since 1970, with a fraction; undefined where nobody has looked at the clock. */
  readonly time: number | undefined;
  readonly direction: "in" | "out" | undefined;
  /** What was kept of it. */
  readonly bytes: Uint8Array;
  /** How long it was. */
  readonly length: number;
  readonly comments: readonly string[];
}

export interface InterfaceStatistics {
  readonly kind: "statistics";
  readonly interface: number;
  readonly time: number;
  /** When the capture began and ended. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly received: number | undefined;
  /** For want of room. */
  readonly dropped: number | undefined;
  readonly comments: readonly string[];
}

/** Who is who. */
export interface NameResolution {
  readonly kind: "names";
  readonly entries: readonly NameEntry[];
  readonly comments: readonly string[];
}

export interface NameEntry {
  readonly address: IpAddress;
  readonly names: readonly string[];
}

/** One that means nothing here, or that is damaged inside. */
export interface UnknownBlock {
  readonly kind: "unknown";
  readonly type: number;
  readonly body: Uint8Array;
}

/** What a packet begins with (the tcpdump group's list). */
export const LINKTYPE = { ethernet: 1, raw: 101, ipv4: 228 } as const;

/** Times in nanoseconds: as fine as Wireshark shows them. */
export const NANOSECONDS = 1e9;

/** Times in microseconds, as in the classic format. */
export const MICROSECONDS = 1e6;

/** @internal Of blocks. The last two are only read: the one is obsolete, the other has no time. */
export const TYPE = {
  section: 0x0a0d0d0a,
  interface: 1,
  packet: 6,
  statistics: 5,
  names: 4,
  oldPacket: 2,
  simplePacket: 3,
} as const;

/** @internal Says which order numbers are in. */
export const BYTE_ORDER = 0x1a2b3c4d;

/** @internal Codes of options, block by block. */
export const OPTION = {
  section: { hardware: 2, os: 3, application: 4 },
  interface: { name: 2, description: 3, ticks: 9, fcsLength: 13, timeOffset: 14 },
  packet: { flags: 2 },
  statistics: { start: 2, end: 3, received: 4, dropped: 5 },
} as const;

/** @internal The two lowest bits of a packet's flags. */
export const DIRECTION = { in: 1, out: 2 } as const;

/** @internal Records of names: the end, IPv4, IPv6. */
export const RECORD = { end: 0, ipv4: 1, ipv6: 2 } as const;

/**
 * A block's bytes. A file is a section, its interfaces, and then whatever happens; `ticksPerSecond` is that of the
 * interface which the block is about.
 *
 * @example
 * const section = { hardware: undefined, os: undefined, application: "maitred", comments: [] };
 * emitPcapngBlock({ kind: "section", ...section }).length; // 44
 */
export function emitPcapngBlock(block: PcapngBlock, ticksPerSecond = NANOSECONDS): Uint8Array {
  switch (block.kind) {
    case "section":
      // Version 1.0, and a section of a length that is not known yet.
      return emit(TYPE.section, [BYTE_ORDER, 1, 0xffff_ffff, 0xffff_ffff], NOTHING, [
        ...commentsOf(block),
        ...textOption(OPTION.section.hardware, block.hardware),
        ...textOption(OPTION.section.os, block.os),
        ...textOption(OPTION.section.application, block.application),
      ]);
    case "interface":
      return emit(TYPE.interface, [block.linkType, block.snapLength], NOTHING, [
        ...commentsOf(block),
        ...textOption(OPTION.interface.name, block.name),
        ...textOption(OPTION.interface.description, block.description),
        ...numberOption(OPTION.interface.ticks, 1, resolutionOf(block.ticksPerSecond)),
        ...numberOption(OPTION.interface.fcsLength, 1, block.fcsLength),
      ]);
    case "packet": {
      const ticks = ticksOf(block.time ?? 0, ticksPerSecond);
      const flags = block.direction && DIRECTION[block.direction];
      const words = [block.interface, ticks.high, ticks.low, block.bytes.length, block.length];
      return emit(TYPE.packet, words, block.bytes, [
        ...commentsOf(block),
        ...numberOption(OPTION.packet.flags, 4, flags),
      ]);
    }
    case "statistics": {
      const ticks = ticksOf(block.time, ticksPerSecond);
      return emit(TYPE.statistics, [block.interface, ticks.high, ticks.low], NOTHING, [
        ...commentsOf(block),
        ...timeOption(OPTION.statistics.start, block.start, ticksPerSecond),
        ...timeOption(OPTION.statistics.end, block.end, ticksPerSecond),
        ...numberOption(OPTION.statistics.received, 8, block.received),
        ...numberOption(OPTION.statistics.dropped, 8, block.dropped),
      ]);
    }
    case "names":
      return emit(TYPE.names, [], records(block.entries), commentsOf(block));
    case "unknown":
      return emit(block.type, [], block.body, []);
  }
}

const NOTHING = new Uint8Array(0);

/** A body of numbers, bytes up to a multiple of four, and options. */
function emit(type: number, words: readonly number[], data: Uint8Array, options: readonly PcapngOption[]): Uint8Array {
  const dataAt = 8 + 4 * words.length;
  const optionsAt = dataAt + padded(data.length);
  const length = optionsAt + optionsLength(options) + 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  for (let i = 0; i < words.length; i++) view.setUint32(8 + 4 * i, words[i]!, true);
  bytes.set(data, dataAt);
  putOptions(bytes, optionsAt, options);
  view.setUint32(length - 4, length, true);
  return bytes;
}

const commentsOf = ({ comments }: { readonly comments: readonly string[] }): PcapngOption[] =>
  comments.flatMap((comment) => textOption(COMMENT, comment));

/** In two halves, and to the last one: nanoseconds since 1970 are more than a number can count. */
function ticksOf(time: number, ticksPerSecond: number): { high: number; low: number } {
  const seconds = Math.floor(time / 1000);
  const rest = Math.round((time - seconds * 1000) * (ticksPerSecond / 1000));
  const ticks = BigInt(seconds) * BigInt(ticksPerSecond) + BigInt(rest);
  return { high: Number(BigInt.asUintN(32, ticks >> 32n)), low: Number(BigInt.asUintN(32, ticks)) };
}

/** The one number of eight bytes whose higher half goes first, whatever the order is. */
function timeOption(code: number, time: number | undefined, ticksPerSecond: number): PcapngOption[] {
  if (time === undefined) return [];
  const ticks = ticksOf(time, ticksPerSecond);
  const value = new Uint8Array(8);
  const view = new DataView(value.buffer);
  view.setUint32(0, ticks.high, true);
  view.setUint32(4, ticks.low, true);
  return [{ code, value }];
}

/** As a negative power: of ten, or of two with the highest bit set. */
function resolutionOf(ticksPerSecond: number): number {
  for (let power = 0; power < 64; power++) {
    if (10 ** power === ticksPerSecond) return power;
    if (2 ** power === ticksPerSecond) return 0x80 | power;
  }
  throw new RangeError(`Cannot count in ticks of 1/${ticksPerSecond} s: it is no power of ten, nor of two`);
}

function records(entries: readonly NameEntry[]): Uint8Array {
  const values = entries.map(({ address, names }) => {
    const text = utf8(names.map((name) => `${name}\0`).join(""));
    const value = new Uint8Array(address.length + text.length);
    value.set(address);
    value.set(text, address.length);
    return { code: address.length === 4 ? RECORD.ipv4 : RECORD.ipv6, value };
  });
  // They look like options, even to their end, which is there also where nothing else is.
  const bytes = new Uint8Array(Math.max(4, optionsLength(values)));
  putOptions(bytes, 0, values);
  return bytes;
}
