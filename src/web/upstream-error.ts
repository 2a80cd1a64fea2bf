/** Why a server behind us did not answer. */

import type { ProxyErrorType } from "../http/proxy-status.ts";

export interface UpstreamErrorOptions extends ErrorOptions {
  /** Whether anything of the request may have reached the server, which may then have acted on it. Default false. */
  readonly isSent?: boolean;
  /** What was tried, and what came of it: a line for each address, for people. */
  readonly tried?: readonly string[];
}

/**
 * A server that could not be reached, or that did not answer as HTTP has it. `type` is the name RFC 9209 has for it.
 * The message is for whoever asked: it tells nothing about the inside but the names they used.
 *
 * @example
 * const error = new UpstreamError("connection_refused", "Cannot reach localhost:3000: nobody listens there");
 * error.type; // "connection_refused"
 */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly type: ProxyErrorType;
  readonly isSent: boolean;
  readonly tried: readonly string[];

  constructor(
    type: ProxyErrorType,
    message: string,
    { isSent = false, tried = [], ...options }: UpstreamErrorOptions = {},
  ) {
    super(message, options);
    this.type = type;
    this.isSent = isSent;
    this.tried = tried;
  }
}
