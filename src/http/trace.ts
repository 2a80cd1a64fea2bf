/** The answer to TRACE: the request as it was received (RFC 9110 §9.3.8, RFC 9112 §10.1). */

import { Fields } from "./fields.ts";
import type { Request, Response } from "./message.ts";
import { requestHead } from "./writer.ts";

/** What is likely to hold a secret, by how such fields are called: Authorization, Cookie, X-Api-Key, X-Auth-Token. */
const SENSITIVE = /auth|cookie|token|secret|passw|credential|session|api-?key/i;

/**
 * What the final recipient answers: the head that came, "exclud[ing] any request fields that are likely to contain
 * sensitive data", so that a script which may send a TRACE does not learn by it what it may not read.
 *
 * @example
 * const { body } = traceAnswer({ ...request, method: "TRACE", fields: Fields.of({ Host: "a", Cookie: "b=c" }) });
 * latin1(body); // "TRACE /menu.txt HTTP/1.1\r\nHost: a\r\n\r\n"
 */
export function traceAnswer(request: Omit<Request, "body">): Response & { readonly body: Uint8Array } {
  const { method, target, minor, fields } = request;
  const shown = fields.only((name) => !SENSITIVE.test(name));
  return {
    status: 200,
    fields: Fields.of({ "Content-Type": "message/http" }),
    body: requestHead({ method, target, minor, fields: shown }),
  };
}
