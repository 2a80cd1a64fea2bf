/** What TRACE is answered with: the request as it was received (RFC 9110 §9.3.8, RFC 9112 §10.1). */

import { fromLatin1 } from "../base/bytes.ts";
import type { Request } from "./message.ts";
import { requestHead } from "./writer.ts";

/** What is likely to hold a secret, by how such fields are called: Authorization, Cookie, X-Api-Key, X-Auth-Token. */
const SENSITIVE = /auth|cookie|token|secret|passw|credential|session|api-?key/i;

/**
 * The content, a message/http, that the final recipient answers with: the head that came, without "any request fields
 * that are likely to contain sensitive data". A script that may send a TRACE shall not learn by it what it may not read.
 *
 * @example
 * const fields = Fields.of({ Host: "a", Cookie: "b=c" });
 * latin1(traceAnswer({ method: "TRACE", target: "/", minor: 1, fields })); // "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"
 */
export const traceAnswer = ({ method, target, minor, fields }: Omit<Request, "body">): Uint8Array =>
  fromLatin1(requestHead({ method, target, minor, fields: fields.only((name) => !SENSITIVE.test(name)) }));
