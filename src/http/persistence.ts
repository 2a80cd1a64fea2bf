/** Whether a connection stays open after a message (RFC 9112 §9.3). */

import type { Fields } from "./fields.ts";
import { elements } from "./grammar.ts";

/**
 * What the sender of this message wishes: HTTP/1.1 stays unless it says close,
 * HTTP/1.0 closes unless it says keep-alive.
 *
 * @example
 * staysOpen(1, Fields.of({ Connection: "close" })); // false
 */
export function staysOpen(minor: 0 | 1, fields: Fields): boolean {
  const connection = fields.get("connection");
  if (connection === undefined) return minor === 1;
  const options = elements(connection.toLowerCase());
  if (options.includes("close")) return false;
  return minor === 1 || options.includes("keep-alive");
}
