/** One cookie of a request (RFC 6265 §4.2). */

import type { Fields } from "./fields.ts";
import { trimmed } from "./lists.ts";

/**
 * The value of the first cookie with this name; undefined where there is none.
 *
 * @example
 * cookieOf(Fields.of({ Cookie: "a=1; session=x" }), "session"); // "x"
 */
export function cookieOf(fields: Fields, name: string): string | undefined {
  for (const line of fields.all("cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && trimmed(pair, 0, equals) === name) return trimmed(pair, equals + 1);
    }
  }
  return undefined;
}
