/** Numbers of bytes, and shares, as people say them. */

/**
 * A number of bytes in the largest unit that leaves a whole one, as the options about sizes have them: KiB is 1024 bytes.
 *
 * @example
 * spokenSize(268_435_456); // "256 MiB"
 */
export function spokenSize(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const size = bytes / 1024 ** power;
  return `${size < 100 ? Math.round(size * 10) / 10 : Math.round(size)} ${UNITS[power]}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/**
 * A share of the whole in percent.
 *
 * @example
 * spokenShare(0.9234); // "92.3 %"
 */
export const spokenShare = (share: number): string => `${Math.round(share * 1000) / 10} %`;
