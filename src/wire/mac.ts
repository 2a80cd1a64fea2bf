/** MAC addresses, by which adapters on one cable tell each other apart: 48 bits, in a number (IEEE 802.3 §3.2.3). */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";

/** 0 … 2⁴⁸ − 1: a double holds it exactly, and two of them are compared at once. */
export type MacAddress = number;

/** To everybody on this cable. */
export const BROADCAST: MacAddress = 0xffff_ffff_ffff;

const SPELLING = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/**
 * As people write it, with colons; with hyphens as IEEE does.
 *
 * @example
 * parseMac("02:00:00:00:00:01"); // 0x020000000001
 * parseMac("02:00:00:00:01"); // undefined
 */
export function parseMac(text: string): MacAddress | undefined {
  return SPELLING.test(text) ? Number.parseInt(text.replace(/[:-]/g, ""), 16) : undefined;
}

/**
 * With colons, in lower case.
 *
 * @example
 * printMac(BROADCAST); // "ff:ff:ff:ff:ff:ff"
 */
export function printMac(mac: MacAddress): string {
  return mac
    .toString(16)
    .padStart(12, "0")
    .replace(/..(?=.)/g, "$&:");
}

/**
 * The six bytes from `at` on.
 *
 * @example
 * readMac(Uint8Array.of(2, 0, 0, 0, 0, 1), 0); // 0x020000000001
 */
export function readMac(bytes: Uint8Array, at: number): MacAddress {
  return u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2);
}

/**
 * Puts its six bytes from `at` on.
 *
 * @example
 * const bytes = new Uint8Array(6);
 * writeMac(bytes, 0, 0x020000000001);
 * bytes; // Uint8Array [2, 0, 0, 0, 0, 1]
 */
export function writeMac(bytes: Uint8Array, at: number, mac: MacAddress): void {
  putU16(bytes, at, mac / 2 ** 32);
  // Writes the value modulo 2³².
  putU32(bytes, at + 2, mac);
}

/**
 * Whether it stands for several adapters, as broadcast and multicast do: the first byte's lowest bit says so.
 *
 * @example
 * isGroup(parseMac("01:00:5e:00:00:01")!); // true
 */
export const isGroup = (mac: MacAddress): boolean => ((mac / 2 ** 40) & 1) === 1;
