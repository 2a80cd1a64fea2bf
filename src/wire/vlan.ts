/**
 * VLAN tags: which of several networks on one cable a frame belongs to (IEEE 802.1Q §9.3, §9.6). They stand before the
 * type; several may.
 *
 *      0        6        12     14    16
 *     +--------+--------+------+-----+------+-----------+
 *     | destin.| source |0x8100| tag | type | payload … |
 *     +--------+--------+------+-----+------+-----------+
 */

import { putU16, u16 } from "./big-endian.ts";
import type { EthernetFrame } from "./ethernet.ts";

/** What stands where the type does: of a customer's tag, of a provider's, and of one before there was a standard. */
const TAGS = [0x8100, 0x88a8, 0x9100];

const TAG = 4;
const ADDRESSES = 12;

/** @internal The type of a customer's tag, which is meant where none is said. */
export const VLAN = TAGS[0]!;

/**
 * The frame without its tags; undefined where it ends in the midst of them.
 *
 * @example
 * const frame = { destination: BROADCAST, source: 1, type: 0x8100, payload: Uint8Array.of(0, 5, 0x08, 0x06) };
 * untagged(frame)?.type; // 0x0806
 */
export function untagged(frame: EthernetFrame): EthernetFrame | undefined {
  let { type, payload } = frame;
  while (TAGS.includes(type)) {
    if (payload.length < TAG) return undefined;
    type = u16(payload, 2);
    payload = payload.subarray(TAG);
  }
  return type === frame.type ? frame : { ...frame, type, payload };
}

/**
 * The frame with one more tag, before those that it has. The number of the network is the tag's lower 12 bits.
 *
 * @example
 * tagged(new Uint8Array(60), 5).length; // 64
 */
export function tagged(frame: Uint8Array, tag: number, type = VLAN): Uint8Array {
  const bytes = new Uint8Array(frame.length + TAG);
  bytes.set(frame.subarray(0, ADDRESSES));
  putU16(bytes, ADDRESSES, type);
  putU16(bytes, ADDRESSES + 2, tag);
  bytes.set(frame.subarray(ADDRESSES), ADDRESSES + TAG);
  return bytes;
}
