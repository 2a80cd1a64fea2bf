/** The CRC-32 of bytes that were written in several goes, without reading them again. */

/** x³² + x²⁶ + … + 1, the lowest bit for the highest power, as gzip and PNG have it. */
const POLYNOMIAL = 0xedb88320;

/** x to the power of 2ⁿ, modulo the polynomial. */
const POWERS = [0x40000000];
for (let n = 1; n < 32; n++) POWERS.push(times(POWERS[n - 1]!, POWERS[n - 1]!));

/**
 * The checksum of some bytes and those behind them, from the checksums of both: what comes first is multiplied by x
 * as many times as there are bits behind it.
 *
 * @example
 * const { crc32 } = await import("node:zlib");
 * joinChecksums(crc32("maî"), crc32("tred"), 4) === crc32("maîtred"); // true
 */
export function joinChecksums(first: number, second: number, secondLength: number): number {
  let shifted = first;
  // Eight bits a byte: 2³. The powers repeat themselves after 32.
  for (let rest = secondLength, n = 3; rest > 0; rest = Math.floor(rest / 2), n++) {
    if (rest % 2 === 1) shifted = times(POWERS[n % 32]!, shifted);
  }
  return (shifted ^ second) >>> 0;
}

/** The product of two polynomials, modulo the polynomial. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000, factor = b; bit > 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor;
    factor = (factor & 1) !== 0 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}
