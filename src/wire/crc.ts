/** CRC-32, which guards an Ethernet frame (IEEE 802.3 §3.2.9): eight bytes at a step, by eight tables ("slicing-by-8"). */

/** The polynomial, lowest bit first as bits go over the cable. */
const POLYNOMIAL = 0xedb88320;

/** Row k: what a byte does to the rest, k bytes later. */
const TABLES = tables();

function tables(): Int32Array {
  const rows = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rows[byte] = rest;
  }
  for (let i = 256; i < rows.length; i++) rows[i] = (rows[i - 256]! >>> 8) ^ rows[rows[i - 256]! & 0xff]!;
  return rows;
}

/**
 * Of the bytes from `from` to `to`, as an unsigned number.
 *
 * @example
 * crc32(utf8("123456789")); // 0xcbf43926
 */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let rest = ~0;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low = rest ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    rest =
      TABLES[0x700 + (low & 0xff)]! ^
      TABLES[0x600 + ((low >>> 8) & 0xff)]! ^
      TABLES[0x500 + ((low >>> 16) & 0xff)]! ^
      TABLES[0x400 + (low >>> 24)]! ^
      TABLES[0x300 + (high & 0xff)]! ^
      TABLES[0x200 + ((high >>> 8) & 0xff)]! ^
      TABLES[0x100 + ((high >>> 16) & 0xff)]! ^
      TABLES[high >>> 24]!;
  }
  for (; at < to; at++) rest = (rest >>> 8) ^ TABLES[(rest ^ view.getUint8(at)) & 0xff]!;
  return ~rest >>> 0;
}
