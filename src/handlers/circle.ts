/** Requests that come round in a circle: a proxy that is its own server would go on asking itself for ever (RFC 9110 §7.6.3, RFC 8586). */

import type { Request } from "../http/message.ts";
import { hasPassed, hasPassedCdn } from "../http/via.ts";
import type { Answer } from "../web/handler.ts";
import { refuse } from "./refusal-page.ts";

/**
 * The answer to a request that has been here before; undefined to all others. `name` is who we are.
 *
 * @example
 * const asked = { ...request, fields: Fields.of({ Via: "1.1 maitred" }) };
 * circle(asked, "maitred")?.status; // 502
 */
export function circle(request: Request, name: string): Answer | undefined {
  if (!hasPassed(request.fields, name) && !hasPassedCdn(request.fields, name)) return undefined;
  return refuse("proxy_loop_detected", "The request has come round in a circle", request, name);
}

/**
 * Who we are, where nobody says so. By this a message is known that comes round to us, and not just to another maitred.
 *
 * @example
 * ownName(); // as "maitred-5f3a1c"
 */
export const ownName = (): string => `maitred-${Math.floor(Math.random() * 2 ** 24).toString(16)}`;
