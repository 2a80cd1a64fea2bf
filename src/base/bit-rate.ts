/** How fast a link is, as people write it: `10Mbit`, `1.5Gbit`, each a power of ten as network people count. */

const UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9, Tbit: 1e12 };

/**
 * Bits per second, whichever way they are said. Whoever says neither is told what the rate was to be for.
 *
 * @example
 * bitRate("10Mbit", "rate"); // 10000000
 * bitRate(56_000, "rate"); // 56000
 */
export function bitRate(rate: number | string, name: string): number {
  const bits = typeof rate === "string" ? parse(rate) : rate;
  if (bits !== undefined && bits > 0) return bits;
  throw new RangeError(`Cannot use the ${name} "${rate}": it is not a rate like 64kbit, 10Mbit or 1Gbit`);
}

function parse(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([kMGT]?bit)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit!]!;
}
