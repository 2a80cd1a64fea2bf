/** Why a cache did what it did, as data: what followed from which rule, and from which field of which message. */

export interface Reason {
  /** What follows: "may be stored", "is fresh for 3 h". */
  readonly rule: string;
  /** Where it is written: "§5.2.2.10" of RFC 9111, "RFC 5861 §3", or "configuration". */
  readonly section: string;
  /** What it follows from: a field, and what that says. */
  readonly field?: string;
  readonly value?: string;
  /** What was there as well, and did not count beside it. */
  readonly beat?: readonly string[];
}

/**
 * A number of milliseconds as people say it, in the largest unit that leaves a whole number or one decimal.
 *
 * @example
 * spokenTime(10_800_000); // "3 h"
 */
export function spokenTime(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const sign = ms < 0 && seconds > 0 ? "-" : "";
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS.at(-1)!;
  return `${sign}${Math.round((seconds / size) * 10) / 10} ${unit}`;
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

/**
 * One reason as it is told to people.
 *
 * @example
 * spoken({ rule: "fresh for 3 h", section: "§5.2.2.10", value: "s-maxage=10800", beat: ["Expires"] });
 * // "fresh for 3 h: s-maxage=10800 (§5.2.2.10) beat Expires"
 */
export function spoken({ rule, section, field, value, beat }: Reason): string {
  const from = value ?? field;
  const said = from === undefined ? `${rule} (${section})` : `${rule}: ${from} (${section})`;
  return beat === undefined ? said : `${said} beat ${beat.join(", ")}`;
}
