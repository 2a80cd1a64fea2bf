/** Where a target in absolute-form leads: `http://host:port/path` (RFC 9112 §3.2.2). */

import { type Origin, originAt } from "../web/origin.ts";
import type { Destination } from "./proxy.ts";

const ABSOLUTE = /^(https?):\/\/([^/?#]*)(.*)$/i;

/** Origins by scheme and authority, since most requests go where others went; forgotten now and then, as a whole. */
const origins = new Map<string, Origin>();
const MOST_ORIGINS = 1000;

/**
 * Undefined where the target is of another form or scheme. The reader has checked its authority.
 *
 * @example
 * destinationOf("GET", "http://localhost:81/menu?today")?.target; // "/menu?today"
 */
export function destinationOf(method: string, target: string): Destination | undefined {
  const [, scheme, authority, rest = ""] = ABSOLUTE.exec(target) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  const key = `${scheme} ${authority}`;
  let origin = origins.get(key);
  if (origin === undefined) {
    origin = originOf(scheme.toLowerCase() === "https", authority.toLowerCase());
    if (origins.size >= MOST_ORIGINS) origins.clear();
    origins.set(key, origin);
  }
  // "When a proxy receives a request with an absolute-form of request-target, the proxy MUST … replace it with the host information of the request-target" – RFC 9112 §3.2.2
  return { origin, target: rest.startsWith("/") ? rest : originForm(method, rest), host: origin.authority };
}

/**
 * Of a target without a path. "If a proxy receives an OPTIONS request with an absolute-form of request-target in which
 * the URI has an empty path and no query component, then the last proxy on the request chain MUST send a
 * request-target of '*'" – RFC 9112 §3.2.4.
 */
const originForm = (method: string, query: string): string =>
  method === "OPTIONS" && query === "" ? "*" : `/${query}`;

function originOf(isSecure: boolean, authority: string): Origin {
  const [, host = "", port = ""] = /^(.*?)(?::(\d*))?$/.exec(authority)!;
  const address = { host: host.replace(/^\[|\]$/g, ""), port: port === "" ? (isSecure ? 443 : 80) : Number(port) };
  return originAt(address, isSecure);
}
