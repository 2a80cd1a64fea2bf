/**
 * Who on this cable has that IPv4 address? The packet that asks and the one that answers (RFC 826).
 *
 *      0      2      4     5     6      8         14      18        24      28
 *     +------+------+-----+-----+------+---------+-------+---------+-------+
 *     | 1    |0x0800|  6  |  4  | op.  | sender  |sender | target  |target |
 *     | Eth. | IPv4 | len.| len.|      | MAC     |IPv4   | MAC     |IPv4   |
 *     +------+------+-----+-----+------+---------+-------+---------+-------+
 */

import { putU16, putU32, u16, u32 } from "./big-endian.ts";
import { type MacAddress, readMac, writeMac } from "./mac.ts";

/** What it is about. */
export const ARP = { request: 1, reply: 2 } as const;

/** Its length. */
export const ARP_LENGTH = 28;

/** Ethernet, IPv4, and the lengths of their addresses: what else ARP might ask about is not asked here. */
const SPACES = [0, 1, 0x08, 0x00, 6, 4];

export interface ArpPacket {
  /** 1 asks, 2 answers. */
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly sender: number;
  /** Means nothing in a request. */
  readonly targetMac: MacAddress;
  readonly target: number;
}

/**
 * Reads one; what the frame adds to its end is left out.
 *
 * @example
 * parseArp(new Uint8Array(28)); // undefined
 */
export function parseArp(bytes: Uint8Array): ArpPacket | undefined {
  if (bytes.length < ARP_LENGTH) return undefined;
  for (let i = 0; i < SPACES.length; i++) if (bytes[i] !== SPACES[i]) return undefined;
  return {
    operation: u16(bytes, 6),
    senderMac: readMac(bytes, 8),
    sender: u32(bytes, 14),
    targetMac: readMac(bytes, 18),
    target: u32(bytes, 24),
  };
}

/**
 * Its bytes.
 *
 * @example
 * const sender = { senderMac: 0x020000000001, sender: 0x0a000001 };
 * emitArp({ operation: ARP.request, ...sender, targetMac: 0, target: 0x0a000002 }).length; // 28
 */
export function emitArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  bytes.set(SPACES);
  putU16(bytes, 6, packet.operation);
  writeMac(bytes, 8, packet.senderMac);
  putU32(bytes, 14, packet.sender);
  writeMac(bytes, 18, packet.targetMac);
  putU32(bytes, 24, packet.target);
  return bytes;
}
