/** The methods, and what may be taken for granted about each (RFC 9110 §9, and RFC 5789 for PATCH). */

/** RFC 9110 §9.1, table 4, in its order: safe · idempotent. */
const METHODS: ReadonlyMap<string, { readonly safe: boolean; readonly idempotent: boolean }> = new Map([
  ["GET", { safe: true, idempotent: true }],
  ["HEAD", { safe: true, idempotent: true }],
  ["POST", { safe: false, idempotent: false }],
  ["PUT", { safe: false, idempotent: true }],
  ["DELETE", { safe: false, idempotent: true }],
  ["CONNECT", { safe: false, idempotent: false }],
  ["OPTIONS", { safe: true, idempotent: true }],
  ["TRACE", { safe: true, idempotent: true }],
  ["PATCH", { safe: false, idempotent: false }],
]);

/**
 * Those we know by name: one that is not among them is answered 501, one that is but does not fit 405 (§9.1).
 *
 * @example
 * KNOWN_METHODS.has("BREW"); // false
 */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS.keys());

/**
 * Whether it asks for nothing to change (§9.2.1); of a method we do not know nothing is sure.
 *
 * @example
 * isSafe("GET"); // true
 */
export const isSafe = (method: string): boolean => METHODS.get(method)?.safe ?? false;

/**
 * Whether asking twice means the same as asking once (§9.2.2), so that one may ask again when an answer got lost.
 *
 * @example
 * isIdempotent("PUT"); // true
 */
export const isIdempotent = (method: string): boolean => METHODS.get(method)?.idempotent ?? false;
