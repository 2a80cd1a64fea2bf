/** Addresses that do not stand for one host: where a packet may come from, and whereto it may be forwarded (RFC 1812 §5.3.7). */

/** This network: 0/8. Ourselves: 127/8. Groups: 224/4. Reserved: 240/4, and the broadcast at its end. */
const isOrdinary = (address: number): boolean => {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
};

/**
 * Whether a packet from a network may have this source: "whose source address does not define a single host"
 * (RFC 1122 §3.2.2) is a lie, and would have us answer to many.
 *
 * @example
 * mayBeSource(0x0a000001); // true
 * mayBeSource(0xe0000001); // false
 */
export const mayBeSource = isOrdinary;

/**
 * Whether packets for this address are forwarded at all. Link-local addresses mean something on one cable only
 * (RFC 3927 §7).
 *
 * @example
 * mayBeForwarded(0x0a000001); // true
 * mayBeForwarded(0xa9fea9fe); // false
 */
export const mayBeForwarded = (address: number): boolean => isOrdinary(address) && address >>> 16 !== 0xa9fe;

/**
 * A group of hosts: 224/4 (RFC 1112 §4).
 *
 * @example
 * isGroupAddress(0xe0000001); // true
 */
export const isGroupAddress = (address: number): boolean => address >>> 28 === 0xe;

/**
 * This machine itself: 127/8 (RFC 1122 §3.2.1.3 (g)).
 *
 * @example
 * isLoopbackAddress(0x7f000001); // true
 */
export const isLoopbackAddress = (address: number): boolean => address >>> 24 === 127;
