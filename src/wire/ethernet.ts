/**
 * The Ethernet II frame (IEEE 802.3 §3.2), from the destination on; what the cable says before it stays there.
 *
 *      0        6        12     14
 *     +--------+--------+------+-------------+-----+
 *     | destin.| source | type | payload …   | FCS |
 *     +--------+--------+------+-------------+-----+
 *
 * A number below 0x600 in place of the type is the payload's length, and LLC follows: nobody here speaks that, so it
 * is a type which nobody knows.
 */

import { putU16, u16 } from "./big-endian.ts";
import { crc32 } from "./crc.ts";
import { type MacAddress, readMac, writeMac } from "./mac.ts";

/** Its length. */
export const ETHERNET_HEADER = 14;

/** The length of the frame check sequence. */
export const FCS = 4;

/** What the payload is. */
export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly type: number;
  /** With what was added to reach the shortest length that a frame may have: only the payload knows where it ends. */
  readonly payload: Uint8Array;
}

/**
 * Reads a frame; its FCS, where it has one, is cut off and not checked.
 *
 * @example
 * parseEthernet(emitEthernet({ destination: BROADCAST, source: 0x020000000001, type: ETHERTYPE.arp, payload: utf8("?") }))?.type; // 0x0806
 */
export function parseEthernet(frame: Uint8Array, hasFcs = false): EthernetFrame | undefined {
  const end = hasFcs ? frame.length - FCS : frame.length;
  if (end < ETHERNET_HEADER) return undefined;
  return {
    destination: readMac(frame, 0),
    source: readMac(frame, 6),
    type: u16(frame, 12),
    payload: frame.subarray(ETHERNET_HEADER, end),
  };
}

/**
 * Puts the header at the frame's start.
 *
 * @example
 * const frame = new Uint8Array(60);
 * putEthernet(frame, BROADCAST, 0x020000000001, ETHERTYPE.arp);
 */
export function putEthernet(frame: Uint8Array, destination: MacAddress, source: MacAddress, type: number): void {
  writeMac(frame, 0, destination);
  writeMac(frame, 6, source);
  putU16(frame, 12, type);
}

/**
 * A frame without FCS, as short as it is.
 *
 * @example
 * emitEthernet({ destination: BROADCAST, source: 0x020000000001, type: ETHERTYPE.arp, payload: utf8("?") }).length; // 15
 */
export function emitEthernet({ destination, source, type, payload }: EthernetFrame): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER + payload.length);
  putEthernet(frame, destination, source, type);
  frame.set(payload, ETHERNET_HEADER);
  return frame;
}

/**
 * The FCS that a frame should have, whatever stands in its last four bytes.
 *
 * @example
 * fcsOf(concat([utf8("123456789"), new Uint8Array(FCS)])); // 0xcbf43926
 */
export const fcsOf = (frame: Uint8Array): number => crc32(frame, 0, frame.length - FCS);

/**
 * Puts the FCS into the last four bytes.
 *
 * @example
 * const frame = new Uint8Array(64);
 * putFcs(frame);
 * hasGoodFcs(frame); // true
 */
export function putFcs(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  // The one field that goes lowest byte first, since its bits do.
  view.setUint32(frame.length - FCS, fcsOf(frame), true);
}

/**
 * Whether the frame has come as it was sent.
 *
 * @example
 * hasGoodFcs(new Uint8Array(64)); // false
 */
export function hasGoodFcs(frame: Uint8Array): boolean {
  if (frame.length < FCS) return false;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return view.getUint32(frame.length - FCS, true) === fcsOf(frame);
}
