/** Reads the body of a pcapng block; one that is damaged inside is as good as unknown. */

import {
  BYTE_ORDER,
  type CapturedPacket,
  DIRECTION,
  type InterfaceDescription,
  MICROSECONDS,
  type NameEntry,
  OPTION,
  type PcapngBlock,
  RECORD,
  TYPE,
} from "./pcapng.ts";
import { COMMENT, numberOf, type PcapngOption, padded, parseOptions, textOf, textsOf } from "./pcapng-options.ts";

/** @internal What the blocks before have said about those that follow. */
export interface PcapngContext {
  readonly isLittle: boolean;
  readonly interfaces: readonly InterfaceDescription[];
  /** What is to be added to each interface's times, in seconds. */
  readonly offsets: readonly number[];
}

/** How long a body must be, for each type that is known. */
const LEAST: Record<number, number> = {
  [TYPE.section]: 16,
  [TYPE.interface]: 8,
  [TYPE.packet]: 20,
  [TYPE.oldPacket]: 20,
  [TYPE.simplePacket]: 4,
  [TYPE.statistics]: 12,
  [TYPE.names]: 0,
};

/** @internal The block of this type. */
export function parsePcapngBody(type: number, body: Uint8Array, context: PcapngContext): PcapngBlock {
  const least = LEAST[type];
  const block = least === undefined || body.length < least ? undefined : parseKnown(type, body, context);
  return block ?? { kind: "unknown", type, body };
}

function parseKnown(type: number, body: Uint8Array, context: PcapngContext): PcapngBlock | undefined {
  const { isLittle } = context;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const u16 = (at: number): number => view.getUint16(at, isLittle);
  const u32 = (at: number): number => view.getUint32(at, isLittle);
  const optionsFrom = (at: number): PcapngOption[] => parseOptions(body.subarray(at), isLittle);

  switch (type) {
    case TYPE.section: {
      const options = optionsFrom(16);
      return {
        kind: "section",
        hardware: textOf(options, OPTION.section.hardware),
        os: textOf(options, OPTION.section.os),
        application: textOf(options, OPTION.section.application),
        comments: textsOf(options, COMMENT),
      };
    }
    case TYPE.interface: {
      const options = optionsFrom(8);
      return {
        kind: "interface",
        linkType: u16(0),
        snapLength: u32(4),
        name: textOf(options, OPTION.interface.name),
        description: textOf(options, OPTION.interface.description),
        ticksPerSecond: ticksPerSecondOf(numberOf(options, OPTION.interface.ticks, 1, isLittle)),
        fcsLength: numberOf(options, OPTION.interface.fcsLength, 1, isLittle),
        comments: textsOf(options, COMMENT),
      };
    }
    case TYPE.packet:
      return packet(body, u32(0), ticksIn(u32(4), u32(8)), u32(12), u32(16), 20, context);
    case TYPE.oldPacket:
      return packet(body, u16(0), ticksIn(u32(4), u32(8)), u32(12), u32(16), 20, context);
    case TYPE.simplePacket: {
      // It is of the first interface, and cut where that one cuts.
      const snapLength = context.interfaces[0]?.snapLength || body.length;
      const captured = Math.min(u32(0), snapLength, body.length - 4);
      return packet(body, 0, undefined, captured, u32(0), 4, context);
    }
    case TYPE.statistics: {
      const number = u32(0);
      const options = optionsFrom(12);
      const time = timeOf(ticksIn(u32(4), u32(8)), number, context);
      if (time === undefined) return undefined;
      return {
        kind: "statistics",
        interface: number,
        time,
        start: timeOption(options, OPTION.statistics.start, number, context),
        end: timeOption(options, OPTION.statistics.end, number, context),
        received: numberOf(options, OPTION.statistics.received, 8, isLittle),
        dropped: numberOf(options, OPTION.statistics.dropped, 8, isLittle),
        comments: textsOf(options, COMMENT),
      };
    }
    case TYPE.names:
      return names(body, isLittle);
    default:
      return undefined;
  }
}

function packet(
  body: Uint8Array,
  number: number,
  ticks: bigint | undefined,
  captured: number,
  length: number,
  at: number,
  context: PcapngContext,
): CapturedPacket | undefined {
  if (context.interfaces[number] === undefined || captured > body.length - at) return undefined;
  const options = parseOptions(body.subarray(at + padded(captured)), context.isLittle);
  const flags = numberOf(options, OPTION.packet.flags, 4, context.isLittle) ?? 0;
  return {
    kind: "packet",
    interface: number,
    time: ticks === undefined ? undefined : timeOf(ticks, number, context),
    direction: (flags & 3) === DIRECTION.in ? "in" : (flags & 3) === DIRECTION.out ? "out" : undefined,
    bytes: body.subarray(at, at + captured),
    length,
    comments: textsOf(options, COMMENT),
  };
}

function names(body: Uint8Array, isLittle: boolean): PcapngBlock {
  // Records look like options, and theirs stand behind those.
  const records = parseOptions(body, isLittle);
  const length = records.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const entries = records.flatMap(({ code, value }): NameEntry[] => {
    const addressLength = code === RECORD.ipv4 ? 4 : code === RECORD.ipv6 ? 16 : undefined;
    if (addressLength === undefined || value.length < addressLength) return [];
    const names = textOf([{ code, value: value.subarray(addressLength) }], code)!.split("\0");
    return [{ address: value.subarray(0, addressLength), names: names.filter((name) => name !== "") }];
  });
  return { kind: "names", entries, comments: textsOf(parseOptions(body.subarray(length), isLittle), COMMENT) };
}

/** The number that is nearest to so many ticks: what was written from a number is read as that number again. */
function timeOf(ticks: bigint, number: number, { interfaces, offsets }: PcapngContext): number | undefined {
  const ticksPerSecond = interfaces[number]?.ticksPerSecond;
  if (ticksPerSecond === undefined) return undefined;
  const each = BigInt(ticksPerSecond);
  const seconds = Number(ticks / each) + offsets[number]!;
  return seconds * 1000 + Number(ticks % each) / (ticksPerSecond / 1000);
}

const ticksIn = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);

function timeOption(
  options: readonly PcapngOption[],
  code: number,
  number: number,
  context: PcapngContext,
): number | undefined {
  const value = options.find((option) => option.code === code)?.value;
  if (value?.length !== 8) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, 8);
  return timeOf(ticksIn(view.getUint32(0, context.isLittle), view.getUint32(4, context.isLittle)), number, context);
}

/** Microseconds, if nothing is said. */
function ticksPerSecondOf(resolution: number | undefined): number {
  if (resolution === undefined) return MICROSECONDS;
  return resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
}

/** @internal How many seconds are to be added to the times of the interface which this body describes. */
export function timeOffsetOf(body: Uint8Array, isLittle: boolean): number {
  const value = parseOptions(body.subarray(8), isLittle).find(
    ({ code }) => code === OPTION.interface.timeOffset,
  )?.value;
  if (value?.length !== 8) return 0;
  return Number(new DataView(value.buffer, value.byteOffset, 8).getBigInt64(0, isLittle));
}

/** @internal The order of the numbers in a section that begins with these bytes; undefined: in none. */
export function isLittleEndian(bytes: Uint8Array, at: number): boolean | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(at, true) === BYTE_ORDER) return true;
  return view.getUint32(at) === BYTE_ORDER ? false : undefined;
}
