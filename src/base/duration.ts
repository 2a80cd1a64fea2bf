/** Times as people write them: `500ms`, `1.5s`, `2m`. */

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A time in milliseconds, or nothing where the text is not one: a number and its unit.
 *
 * @example
 * parseDuration("1.5s"); // 1500
 * parseDuration("1.5"); // undefined
 */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(us|ms|s|m|h|d)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit!]!;
}

/**
 * Milliseconds, whichever way they are said. Whoever says neither is told what the time was to be for.
 *
 * @example
 * milliseconds("2m", "delay"); // 120000
 * milliseconds(30, "delay"); // 30
 */
export function milliseconds(time: number | string, name: string): number {
  const ms = typeof time === "string" ? parseDuration(time) : time;
  if (ms !== undefined && ms >= 0) return ms;
  throw new RangeError(`Cannot use the ${name} "${time}": it is not a time like 500ms, 1.5s or 2m`);
}
