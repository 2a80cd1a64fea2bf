/** Networks: all IP addresses that start with the same bits (RFC 4632, RFC 4291 §2.3), and those that every host knows. */

import { type IpAddress, parseAddress, printIp, unmapped } from "./address.ts";

export interface Prefix {
  /** With zeros where the prefix says nothing. */
  readonly address: IpAddress;
  /** How many bits it has: up to 32 for IPv4, up to 128 for IPv6. */
  readonly length: number;
}

/**
 * As people write it, `10.0.0.0/8` or `fc00::/7`; an address alone is a network of one. Bits behind the prefix are
 * refused, since nobody knows which of the two is the mistake. Prefixes of IPv4-mapped addresses are IPv4's.
 *
 * @example
 * parsePrefix("10.0.0.0/8"); // { address: Uint8Array [10, 0, 0, 0], length: 8 }
 * parsePrefix("10.0.0.1/8"); // undefined
 */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const written = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (written === undefined) return undefined;
  const bits = written.length * 8;
  const length = slash < 0 ? bits : lengthOf(text.slice(slash + 1));
  if (length === undefined || length > bits) return undefined;
  const address = length < 96 ? written : unmapped(written);
  const prefix = { address, length: length - (written.length - address.length) * 8 };
  return isEqual(prefix, network(prefix)) ? prefix : undefined;
}

const lengthOf = (text: string): number | undefined => (/^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined);

const isEqual = (one: Prefix, other: Prefix): boolean => one.address.every((byte, i) => byte === other.address[i]);

/** Zeros behind the prefix. */
function network({ address, length }: Prefix): Prefix {
  const masked = address.map((byte, i) => byte & maskOf(length - 8 * i));
  return { address: masked, length };
}

/** Of a byte, whose first bits count. */
const maskOf = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff00 >> bits) & 0xff);

/**
 * Why `parsePrefix` made nothing of it, for people.
 *
 * @example
 * whyNoPrefix("10.1.2.3/8"); // "bits are set behind the first 8 (10.0.0.0/8 has none)"
 */
export function whyNoPrefix(text: string): string {
  const [host = "", ...rest] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined) return `"${host}" is not an IP address`;
  const bits = address.length * 8;
  const length = lengthOf(rest.join("/"));
  if (length === undefined || length > bits) return `behind the "/" there is no number from 0 to ${bits}`;
  return `bits are set behind the first ${length} (${printPrefix(network({ address, length }))} has none)`;
}

/**
 * As people write it; a network of one is an address.
 *
 * @example
 * printPrefix({ address: Uint8Array.of(127, 0, 0, 1), length: 32 }); // "127.0.0.1"
 */
export function printPrefix({ address, length }: Prefix): string {
  return length === address.length * 8 ? printIp(address) : `${printIp(address)}/${length}`;
}

/**
 * Whether the address is in the network. An IPv4-mapped address counts as the IPv4 address that it stands for.
 *
 * @example
 * contains(parsePrefix("10.0.0.0/8")!, parseAddress("::ffff:10.1.2.3")!); // true
 */
export function contains(prefix: Prefix, address: IpAddress): boolean {
  const bytes = unmapped(address);
  const start = prefix.address;
  if (bytes.length !== start.length) return false;
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== start[i]) return false;
  return whole === start.length || ((bytes[whole]! ^ start[whole]!) & maskOf(prefix.length & 7)) === 0;
}

/**
 * Whether the address is in one of the networks.
 *
 * @example
 * isAmong(PRIVATE, parseAddress("192.168.1.7")!); // true
 */
export const isAmong = (prefixes: readonly Prefix[], address: IpAddress): boolean =>
  prefixes.some((prefix) => contains(prefix, address));

const prefixes = (...texts: string[]): readonly Prefix[] => texts.map((text) => parsePrefix(text)!);

/** This machine, talking to itself (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export const LOOPBACK: readonly Prefix[] = prefixes("127.0.0.0/8", "::1");

/** "This host on this network" (RFC 1122 §3.2.1.3). Linux connects to itself by 0.0.0.0 and by `::`. */
export const UNSPECIFIED: readonly Prefix[] = prefixes("0.0.0.0/8", "::");

/** The neighbours on one cable (RFC 3927, RFC 4291 §2.5.6), and what clouds tell their machines (169.254.169.254). */
export const LINK_LOCAL: readonly Prefix[] = prefixes("169.254.0.0/16", "fe80::/10");

/** What anyone may use at home (RFC 1918, RFC 4193), and providers between themselves and their customers (RFC 6598). */
export const PRIVATE: readonly Prefix[] = prefixes(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
);
