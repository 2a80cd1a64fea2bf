/** What it means to who asked when a server's connection fails, by the names of RFC 9209 §2.3. */

import { ProtocolError } from "../http/message.ts";
import type { ProxyErrorType } from "../http/proxy-status.ts";
import { UpstreamError } from "./upstream-error.ts";

/**
 * An error of a server that has been asked something. `who` is its origin.
 *
 * @internal
 */
export const fault = (who: string, type: ProxyErrorType, why: string, cause?: unknown): UpstreamError =>
  new UpstreamError(type, `Cannot get an answer from ${who}: ${why}`, { isSent: true, cause });

/**
 * What an error before the answer's head means. Our own mistakes stay what they are.
 *
 * @internal
 */
export function faultBeforeHead(who: string, error: unknown, hasEnded: boolean): unknown {
  if (error instanceof UpstreamError || error instanceof TypeError) return error;
  if (!(error instanceof ProtocolError)) return fault(who, "connection_terminated", "the connection broke", error);
  if (hasEnded) return fault(who, "http_response_incomplete", "it closed the connection amid the head", error);
  const isTooLong = error.status === 431 || error.status === 414;
  return fault(who, isTooLong ? "http_response_header_section_size" : "http_protocol_error", error.message, error);
}

/**
 * The same for one in the middle of the content.
 *
 * @internal
 */
export function faultAmidContent(who: string, error: unknown, hasEnded: boolean): UpstreamError {
  if (error instanceof UpstreamError) return error;
  return fault(who, typeAmidContent(error, hasEnded), "its answer broke off", error);
}

function typeAmidContent(error: unknown, hasEnded: boolean): ProxyErrorType {
  if (!(error instanceof ProtocolError) || hasEnded) return "http_response_incomplete";
  return error.status === 431 ? "http_response_trailer_section_size" : "http_response_transfer_coding";
}
