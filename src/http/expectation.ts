/** Expect: may the content come? (RFC 9110 §10.1.1) */

import type { Fields } from "./fields.ts";
import { ProtocolError } from "./message.ts";

/**
 * Whether the client waits for 100 (Continue) before it sends its content.
 * Throws a ProtocolError (417) where it expects anything else: there is nothing else one may expect.
 *
 * @example
 * expectsContinue(1, Fields.of({ Expect: "100-continue" })); // true
 */
export function expectsContinue(minor: 0 | 1, fields: Fields): boolean {
  const expectation = fields.get("expect");
  // "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that expectation"
  if (expectation === undefined || minor === 0) return false;
  if (expectation.toLowerCase() === "100-continue") return true;
  throw new ProtocolError(417, "Cannot meet the expectation: only 100-continue is known");
}
