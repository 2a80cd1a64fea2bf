/** The written form of what a cache remembers of an exchange, for stores that outlive the process. */

import { crc32 } from "node:zlib";
import type { Said, Selecting } from "../cache/said.ts";

/** Whoever reads an older or newer form does not believe it. */
const VERSION = 1;
/** The version, and a checksum of what follows. */
const HEAD = 5;

/**
 * One byte of version, four of CRC-32, then JSON: a list, since the names would be half of it.
 *
 * @example
 * const when = { requestTime: 1, responseTime: 2, isInvalid: false, isAuthorized: false };
 * const said = { key: "http://localhost/", status: 200, lines: "", selecting: [], tags: [], groups: [], ...when };
 * decodeSaid(encodeSaid(said))?.key; // "http://localhost/"
 */
export function encodeSaid(said: Said): Uint8Array {
  const json = JSON.stringify([
    said.key,
    said.status,
    said.reason,
    said.lines,
    said.requestTime,
    said.responseTime,
    said.selecting,
    said.tags,
    said.groups,
    Number(said.isInvalid) + 2 * Number(said.isAuthorized),
  ]);
  const size = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(HEAD + size);
  bytes.write(json, HEAD);
  bytes[0] = VERSION;
  bytes.writeUInt32BE(crc32(bytes.subarray(HEAD)), 1);
  return bytes;
}

/**
 * Undefined where the bytes are not what `encodeSaid` made: damaged, of another version, or something else.
 *
 * @example
 * decodeSaid(Uint8Array.of(1, 2, 3)); // undefined
 */
export function decodeSaid(bytes: Uint8Array): Said | undefined {
  if (bytes.length < HEAD || bytes[0] !== VERSION) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (crc32(buffer.subarray(HEAD)) !== buffer.readUInt32BE(1)) return undefined;
  let list: unknown;
  try {
    list = JSON.parse(buffer.toString("utf8", HEAD));
  } catch {
    return undefined;
  }
  return Array.isArray(list) ? saidOf(list) : undefined;
}

/** The checksum is no seal: whoever can write to the store can make one. What has the wrong type would harm others. */
function saidOf(list: readonly unknown[]): Said | undefined {
  const [key, status, reason, lines, requestTime, responseTime, selecting, tags, groups, flags] = list;
  if (!isText(key) || !isText(lines) || !(reason === null || isText(reason))) return undefined;
  if (!isCount(status) || status < 100 || status > 999 || !isCount(flags) || flags > 3) return undefined;
  if (!Number.isFinite(requestTime) || !Number.isFinite(responseTime)) return undefined;
  if (!isSelecting(selecting) || !isTexts(tags) || !isTexts(groups)) return undefined;
  return {
    key,
    status,
    reason: reason ?? undefined,
    lines,
    requestTime: requestTime as number,
    responseTime: responseTime as number,
    selecting: selecting.map(([name, value]) => [name, value ?? undefined]),
    tags,
    groups,
    isInvalid: (flags & 1) > 0,
    isAuthorized: (flags & 2) > 0,
  };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

/** As JSON has it: null where there was no such field. */
const isSelecting = (value: unknown): value is [Selecting[number][0], string | null][] =>
  Array.isArray(value) &&
  value.every((one) => Array.isArray(one) && one.length === 2 && isText(one[0]) && (one[1] === null || isText(one[1])));
