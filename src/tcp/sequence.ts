/**
 * Sequence numbers: they count bytes modulo 2³², so “before” and “after” only make sense for numbers less than half
 * the circle apart (RFC 9293 §3.4).
 */

/**
 * `n` further on.
 *
 * @example
 * plus(0xffffffff, 2); // 1
 */
export const plus = (a: number, n: number): number => (a + n) >>> 0;

/**
 * How far is it from `a` to `b`? Negative where `b` lies before `a`.
 *
 * @example
 * distance(0xffffffff, 1); // 2
 */
export const distance = (a: number, b: number): number => (b - a) | 0;

/**
 * Whether `a` comes before `b`.
 *
 * @example
 * isBefore(0xffffffff, 1); // true
 */
export const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/**
 * Whether `a` comes before `b`, or is the same.
 *
 * @example
 * isUpTo(1, 1); // true
 */
export const isUpTo = (a: number, b: number): boolean => ((a - b) | 0) <= 0;

/**
 * The later of two.
 *
 * @example
 * latest(0xffffffff, 1); // 1
 */
export const latest = (a: number, b: number): number => (isBefore(a, b) ? b : a);
