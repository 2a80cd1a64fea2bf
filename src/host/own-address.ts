/** An address that an interface has, and the network it is in: `10.0.0.1/24` (RFC 1122 §3.2.1.3, RFC 4632 §3.1). */

import { ipv4Address, printIpv4, readIpv4 } from "../wire/ipv4-number.ts";
import type { Prefix } from "../wire/prefix.ts";

export interface OwnAddress {
  readonly address: number;
  readonly network: Prefix;
  /** The network's bits, and where they are. */
  readonly start: number;
  readonly mask: number;
  /** The network's broadcast address; undefined where the network is too small for one (RFC 3021). */
  readonly broadcast: number | undefined;
}

/**
 * Reads one; the network's length is part of it.
 *
 * @example
 * readOwnAddress("10.0.0.1/24").broadcast; // 0x0a0000ff
 */
export function readOwnAddress(text: string): OwnAddress {
  const [host = "", digits = ""] = text.split("/", 2);
  const address = readIpv4(host);
  const length = /^\d{1,2}$/.test(digits) ? Number(digits) : 33;
  if (address === undefined || length > 32) {
    throw new TypeError(`Cannot read the address "${text}": it is not like "10.0.0.1/24"`);
  }
  const hosts = length === 32 ? 0 : 0xffff_ffff >>> length;
  const start = (address & ~hosts) >>> 0;
  const broadcast = length < 31 ? (address | hosts) >>> 0 : undefined;
  const isHost = length >= 31 || (address !== start && address !== broadcast);
  if (!isHost) throw new RangeError(`Cannot use the address "${text}": ${printIpv4(address)} stands for the network`);
  return { address, network: { address: ipv4Address(start), length }, start, mask: ~hosts, broadcast };
}
