/** What the kernel and a TAP device leave to each other: checksums, and the cutting of long TCP segments (virtio 1.2 §5.1.6). */

import { putU16, u32 } from "../wire/big-endian.ts";
import { checksum, pseudoHeader, sum } from "../wire/checksum.ts";
import { ETHERNET_HEADER } from "../wire/ethernet.ts";

/**
 * The header before each frame, in the machine's byte order:
 *
 *     | flags | type | header length | segment size | checksum from | checksum at |
 *     |   1   |  1   |       2       |      2       |       2       |      2      |
 */
export const VNET_HEADER = 10;

const NEEDS_CHECKSUM = 1;
const TCP_IPV4 = 1;

/** Where IPv4's addresses, and its protocol, stand in a frame. */
const ADDRESSES = ETHERNET_HEADER + 12;
const PROTOCOL_AT = ETHERNET_HEADER + 9;
/** Where a TCP header has its length and its checksum. */
const DATA_OFFSET = 12;
const CHECKSUM_AT = 16;

/** How much payload goes at once: with all its headers it must fit into an IP packet. */
export const SEGMENTATION = 65_000;

/**
 * Writes the header of a frame that stands behind it. `segment`: its TCP payload is to be cut into pieces of that size,
 * if it is longer, and its checksum is to be made by the kernel, which finds the pseudo header's sum in its place.
 *
 * @internal
 */
export function putVnetHeader(bytes: Uint8Array, length: number, segment: number): void {
  bytes.fill(0, 0, VNET_HEADER);
  if (segment === 0) return;
  const frame = bytes.subarray(VNET_HEADER, VNET_HEADER + length);
  const start = ETHERNET_HEADER + ((frame[ETHERNET_HEADER]! & 0x0f) << 2);
  const headerLength = (frame[start + DATA_OFFSET]! >> 4) << 2;
  const pseudo = pseudoOf(frame, length - start);
  // Not complemented: the kernel goes on from there.
  putU16(frame, start + CHECKSUM_AT, sum(frame, 0, 0, pseudo));
  bytes[0] = NEEDS_CHECKSUM;
  if (length - start - headerLength > segment) {
    bytes[1] = TCP_IPV4;
    putNative(bytes, 2, start + headerLength);
    putNative(bytes, 4, segment);
  }
  putNative(bytes, 6, start);
  putNative(bytes, 8, CHECKSUM_AT);
}

/**
 * Makes the checksum of a frame that the kernel has given without, from the header before it; but not of TCP, which knows
 * that such links leave it out (`Link.segmentation`), and need not read all its bytes twice.
 *
 * @internal
 */
export function completeChecksum(header: Uint8Array, frame: Uint8Array): void {
  if ((header[0]! & NEEDS_CHECKSUM) === 0) return;
  const start = native(header, 6);
  const at = start + native(header, 8);
  if (at + 2 > frame.length || native(header, 8) === CHECKSUM_AT) return;
  // The pseudo header's sum is there already.
  const made = checksum(frame, start, frame.length);
  // Zero would say that there is none (RFC 768).
  putU16(frame, at, made === 0 ? 0xffff : made);
}

function pseudoOf(frame: Uint8Array, length: number): number {
  return pseudoHeader(u32(frame, ADDRESSES), u32(frame, ADDRESSES + 4), frame[PROTOCOL_AT]!, length);
}

/** Linux runs on machines of both kinds. */
const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function putNative(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = IS_LITTLE ? value : value >> 8;
  bytes[at + 1] = IS_LITTLE ? value >> 8 : value;
}

const native = (bytes: Uint8Array, at: number): number =>
  IS_LITTLE ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
