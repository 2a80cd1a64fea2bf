/** What a client hears in place of an answer that could not be had: Proxy-Status (RFC 9209), and a page that says what was tried. */

import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { type ProxyErrorType, proxyStatus, statusOf } from "../http/proxy-status.ts";
import { SocketError } from "../socket/socket.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { UpstreamError } from "../web/upstream-error.ts";

/** Some refusals are no fault of a server's: they have a status that says more than the one RFC 9209 recommends. */
const STATUS: Partial<Record<ProxyErrorType, number>> = {
  destination_ip_prohibited: 403,
};

/**
 * The page for an upstream that did not answer. `name` is who says so.
 *
 * @example
 * const error = new UpstreamError("connection_refused", "Cannot reach localhost:3000: nobody listens there");
 * refusalPage(error, request, "maitred").status; // 502
 */
export function refusalPage(error: UpstreamError, request: Pick<Request, "fields">, name: string): Answer {
  // Where there was one address, or one may go to none of them, the message has said it all.
  const isNews = error.tried.length > 1 && error.type !== "destination_ip_prohibited";
  const tried = isNews ? ` (tried ${error.tried.join("; ")})` : "";
  return refuse(error.type, `${error.message}${tried}`, request, name);
}

/**
 * The same for what was not even tried: `why` is told to whoever asked.
 *
 * @example
 * refuse("http_request_denied", '"10.0.0.5" is denied', request, "maitred").status; // 403
 */
export function refuse(type: ProxyErrorType, why: string, request: Pick<Request, "fields">, name: string): Answer {
  const status = STATUS[type] ?? statusOf(type);
  const fields = Fields.of({ "Proxy-Status": proxyStatus(name, type, why) });
  if (status === 503) fields.append("Retry-After", "5");
  return statusPage(status, request, why, fields);
}

/**
 * What the client hears where there is no answer. Throws what is no server's fault: the client has left, or its own
 * content broke off.
 *
 * @internal
 */
export function failed(error: unknown, request: Request, exchange: Exchange, name: string): Answer {
  if (exchange.signal.aborted) throw new SocketError("ECONNABORTED", "Cannot answer: the client has left");
  if (!(error instanceof UpstreamError)) throw error;
  // Who asked is told no more than that; who runs the proxy shall know.
  if (error.type === "proxy_internal_error" && error.cause !== undefined) {
    exchange.complain(`${error.message}: ${error.cause}`);
  }
  return { ...refusalPage(error, request, name), failure: error };
}
