/** IPv4 addresses as unsigned 32-bit numbers, for where packets are handled: two are compared at once (RFC 791 §3.1). */

import { type IpAddress, parseIpv4, printIp, unmapped } from "./address.ts";

/**
 * Of the bytes; an IPv4-mapped IPv6 address counts as the one that it stands for.
 *
 * @example
 * ipv4Number(Uint8Array.of(10, 0, 0, 1)); // 0x0a000001
 */
export function ipv4Number(address: IpAddress): number {
  const bytes = unmapped(address);
  if (bytes.length !== 4)
    throw new RangeError(`Cannot take "${printIp(bytes)}" for an IPv4 address: it is one of IPv6`);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

/**
 * Its bytes.
 *
 * @example
 * ipv4Address(0x0a000001); // Uint8Array [10, 0, 0, 1]
 */
export const ipv4Address = (address: number): IpAddress =>
  Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);

/**
 * Four decimal numbers.
 *
 * @example
 * printIpv4(0x0a000001); // "10.0.0.1"
 */
export const printIpv4 = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;

/**
 * As people write it, strictly as `parseIpv4` is.
 *
 * @example
 * readIpv4("10.0.0.1"); // 0x0a000001
 * readIpv4("10.1"); // undefined
 */
export function readIpv4(text: string): number | undefined {
  const address = parseIpv4(text);
  return address && ipv4Number(address);
}
