/** For what listens on this machine alone, and shall answer nobody but who sits at it: no page of a browser's, either. */

import type { Request } from "../http/message.ts";
import { isSafe } from "../http/methods.ts";
import { hostOf } from "../http/target.ts";
import type { Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { parseAddress } from "../wire/address.ts";
import { isAmong, LOOPBACK } from "../wire/prefix.ts";

/**
 * A handler that refuses what somebody else makes a browser of this machine ask: by a name of his that leads here (DNS
 * rebinding), and from pages of another origin (CSRF). To follow a link to here is no harm.
 *
 * @example
 * const own = ownMachine(handler);
 * const rebound = { ...request, fields: Fields.of({ Host: "evil.example:3129" }) };
 * (await own(rebound, exchange)).status; // 403
 */
export function ownMachine(handler: Handler): Handler {
  return (request, exchange) => {
    const why = whyForeign(request, exchange);
    return why === undefined ? handler(request, exchange) : statusPage(403, request, why);
  };
}

function whyForeign(request: Request, { local }: Exchange): string | undefined {
  const { fields } = request;
  const host = hostOf(request)?.toLowerCase();
  // No browser comes by a Unix-domain socket; and one always says Host.
  if (!("path" in local) && host !== undefined && !isLoopback(host)) {
    return `This is for who asks for localhost, and not for "${host}"`;
  }
  const origin = fields.get("origin");
  const site = fields.get("sec-fetch-site");
  const isForeign = origin !== undefined && origin !== `http://${host}`;
  if (isForeign) return "Pages of another origin may not ask here";
  const isOwn = site === undefined || site === "same-origin" || site === "none";
  return isOwn || isVisit(request) ? undefined : "Pages of another origin may not ask here";
}

/** Somebody follows a link, in a window and not in a frame of somebody else's. */
const isVisit = ({ method, fields }: Request): boolean =>
  isSafe(method) && fields.get("sec-fetch-mode") === "navigate" && fields.get("sec-fetch-dest") === "document";

function isLoopback(authority: string): boolean {
  const host = authority.replace(/:\d*$/, "");
  if (host === "localhost") return true;
  const address = parseAddress(host.replace(/^\[|\]$/g, ""));
  return address !== undefined && isAmong(LOOPBACK, address);
}
