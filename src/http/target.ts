/** The four forms of a request target (RFC 9112 §3.2), and which host is meant. */

import type { Fields } from "./fields.ts";
import { ProtocolError } from "./message.ts";

export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/**
 * The form of a target, which depends on the method: CONNECT takes an authority and nothing else.
 * Throws a ProtocolError (400) where it is none of them.
 *
 * @example
 * targetForm("GET", "/menu?today"); // "origin"
 */
export function targetForm(method: string, target: string): TargetForm {
  if (method === "CONNECT") {
    const port = /:(\d{1,5})$/.exec(target)?.[1];
    // The port is not optional here: "host:port" — §3.2.3
    if (port === undefined || !isHost(target) || target.startsWith(":")) throw badTarget("CONNECT takes host:port");
    return "authority";
  }
  if (target.startsWith("/")) {
    // A client keeps the fragment to itself (RFC 9110 §7.1).
    if (target.includes("#")) throw badTarget("it holds a fragment");
    return "origin";
  }
  if (target === "*" && method === "OPTIONS") return "asterisk";
  const authority = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(target)?.[1];
  if (authority === undefined) throw badTarget("it is neither a path nor a URL");
  if (target.includes("#")) throw badTarget("it holds a fragment");
  if (!isHost(authority)) throw badTarget(whyNoHost(authority));
  return "absolute";
}

function whyNoHost(authority: string): string {
  if (authority === "") return "its URL has no host";
  // "userinfo" in a request is for phishing, not for servers (RFC 9110 §4.2.4).
  if (authority.includes("@")) return "its URL holds a user name";
  return "its URL has not one host, with a port up to 65535";
}

const badTarget = (why: string) => new ProtocolError(400, `Cannot read the target: ${why}`);

/** uri-host [ ":" port ] (RFC 9110 §7.2): a name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9a-fA-F]{2})+)(?::(\d{0,5}))?$/;

let lastHost = "";

/**
 * Whether the text may stand in a Host field. An empty one may not: http URLs have a host (RFC 9110 §4.2.1).
 *
 * @example
 * isHost("[::1]:8080"); // true
 */
export function isHost(text: string): boolean {
  // Nearly every request names the host that the one before it named.
  if (text === lastHost && text !== "") return true;
  const match = HOST.exec(text);
  if (match === null || Number(match[1] ?? 0) > 65535) return false;
  lastHost = text;
  return true;
}

/**
 * One Host field, well formed: "A server MUST respond with a 400 to any HTTP/1.1 request message
 * that lacks a Host header field and to any request message that contains more than one Host header
 * field line or a Host header field with an invalid field value" (RFC 9112 §3.2).
 *
 * @example
 * requireHost(1, Fields.of({ Host: "localhost:8080" })); // undefined
 */
export function requireHost(minor: 0 | 1, fields: Fields): void {
  const host = fields.get("host");
  if (host === undefined) {
    if (minor === 1) throw new ProtocolError(400, "Cannot tell which host is meant: there is no Host field");
    return;
  }
  // Two lines come joined by a comma and a space, and no host holds a space.
  if (!isHost(host)) throw new ProtocolError(400, "Cannot tell which host is meant: the Host field is not one host");
}

/**
 * The host and port a request is for, as sent. A target in absolute-form outranks Host (§3.2.2);
 * undefined where neither says (HTTP/1.0).
 *
 * @example
 * hostOf({ target: "http://a:81/", fields: Fields.of({ Host: "b" }) }); // "a:81"
 */
export function hostOf(request: { readonly target: string; readonly fields: Fields }): string | undefined {
  if (!request.target.startsWith("/")) {
    const authority = /^[^:/?#]+:\/\/([^/?#]*)/.exec(request.target)?.[1];
    if (authority !== undefined) return authority;
  }
  return request.fields.get("host");
}
