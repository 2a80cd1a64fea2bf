/** Fields that concern one connection, not the message (RFC 9110 §7.6.1): none of them is passed on. */

import { elements } from "./grammar.ts";

/** The names, in lower case, of those that are so whether or not Connection lists them. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Whether a field must stay on this connection: by its name, or because `connection`, the message's
 * Connection field, lists it. The name is taken in lower case.
 *
 * @example
 * isHopByHop("x-secret", "close, X-Secret"); // true
 */
export function isHopByHop(name: string, connection: string | undefined): boolean {
  if (HOP_BY_HOP.has(name)) return true;
  return connection !== undefined && elements(connection.toLowerCase()).includes(name);
}
