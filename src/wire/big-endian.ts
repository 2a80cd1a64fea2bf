/** Big-endian fields at a place: byte by byte, which is quicker than making a DataView, unless one has many to read. */

/**
 * 0 … 2¹⁶ − 1.
 *
 * @example
 * u16(Uint8Array.of(7, 1, 2), 1); // 258
 */
export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/**
 * 0 … 2³² − 1.
 *
 * @example
 * u32(Uint8Array.of(0xff, 0, 0, 1), 0); // 0xff000001
 */
export const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

/**
 * The value modulo 2¹⁶.
 *
 * @example
 * const bytes = new Uint8Array(2);
 * putU16(bytes, 0, 258);
 * bytes; // Uint8Array [1, 2]
 */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** @internal The value modulo 2³². */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
