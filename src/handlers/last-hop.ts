/** Requests that want to go no further than here: TRACE and OPTIONS with Max-Forwards: 0 (RFC 9110 §7.6.2). */

import { Fields } from "../http/fields.ts";
import { maxForwards } from "../http/max-forwards.ts";
import type { Request } from "../http/message.ts";
import { traceAnswer } from "../http/trace.ts";
import type { Answer } from "../web/handler.ts";

/**
 * What a proxy passes on.
 *
 * @internal
 */
export const ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE";

/**
 * The answer that is given here; undefined where the request goes on.
 *
 * @example
 * const asked = { ...request, method: "OPTIONS", fields: Fields.of({ "Max-Forwards": "0" }) };
 * lastHop(asked)?.status; // 204
 */
export function lastHop(request: Request): Answer | undefined {
  if (maxForwards(request.method, request.fields) !== 0) return undefined;
  if (request.method === "OPTIONS") return { status: 204, fields: Fields.of({ Allow: ALLOW }) };
  return { status: 200, fields: Fields.of({ "Content-Type": "message/http" }), body: traceAnswer(request) };
}
