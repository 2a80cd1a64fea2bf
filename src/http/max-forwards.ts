/** How often a request may still be passed on: Max-Forwards (RFC 9110 §7.6.2). */

import type { Fields } from "./fields.ts";

/**
 * How many more times a TRACE or OPTIONS may be passed on, as the request says. With 0 it must not be, and is answered
 * here; of any other number, who passes it on sends one less. Undefined where the request does not limit it, or not in
 * a number, or where its method knows no such limit: then the field goes on as it is.
 *
 * @example
 * maxForwards("TRACE", Fields.of({ "Max-Forwards": "10" })); // 10
 */
export function maxForwards(method: string, fields: Fields): number | undefined {
  if (method !== "TRACE" && method !== "OPTIONS") return undefined;
  const value = fields.get("max-forwards");
  return value === undefined || !/^\d+$/.test(value) ? undefined : Math.min(Number(value), MOST);
}

/** "the recipient's maximum supported value": the highest that every recipient can count. */
const MOST = 2 ** 31 - 1;
