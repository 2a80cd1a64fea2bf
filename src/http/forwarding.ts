/** What a proxy passes on of a message's fields, and what ends at this connection (RFC 9110 §7.6.1, §6.5.1). */

import { type Fields, isNamed } from "./fields.ts";
import { elements } from "./grammar.ts";
import { HOP_BY_HOP } from "./hop-by-hop.ts";

/**
 * What is dropped whether or not Connection lists it: §7.6.1 names these to begin with. `Trailer` is none of them:
 * it announces what the content will end with, and goes on with that.
 */
const ENDS_HERE = [
  ...[...HOP_BY_HOP].filter((name) => name !== "trailer"),
  // No field, but an option; reserved so that none comes to mean something else (RFC 9112 §9.6).
  "close",
  // The half of an upgrade to h2c, which no proxy passes on (RFC 7540 §3.2.1).
  "http2-settings",
  // §11.7: each "applies only to the next" proxy, or to its client. That is us: what a client says to us is not for
  // the server behind us, and of its own proxies a server has nothing to say to our client.
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
];

/**
 * What Connection cannot take away, though "intermediaries MUST … remove any … field(s) … with the same name as the
 * connection-option": who sends such an option breaks a rule himself ("MUST NOT send a connection option
 * corresponding to a field that is intended for all recipients"), and gains by it. Where a message goes and ends
 * is what we write anew; loops are seen by Via and CDN-Loop ("not to be removed under any circumstances",
 * RFC 8586 §2); and "a proxy … MUST pass cache directives through" (RFC 9111 §5.2), else what is private is stored.
 * All others it does take away: Cookie, Authorization, X-Forwarded-For. Who trusts those adds his own after this.
 */
const NOT_TO_BE_LISTED: ReadonlySet<string> = new Set(["host", "content-length", "via", "cdn-loop", "cache-control"]);

/** The dropped names by their length: most names have none of these, which spares the spelling. */
const DROPPED: readonly (readonly string[] | undefined)[] = Array.from({ length: 32 }, (_, length) => {
  const names = ENDS_HERE.filter((name) => name.length === length);
  return names.length === 0 ? undefined : names;
});

/**
 * The fields that go on, in their order, as a copy: without those for this connection only, and without all that
 * Connection lists (§7.6.1). What the next connection needs (Host, Via, framing, TE) is the caller's to add.
 *
 * @example
 * forwardable(Fields.of({ Connection: "close, X-Hop", "X-Hop": "1", "Accept": "text/html" })).print();
 * // "Accept: text/html\r\n"
 */
export function forwardable(fields: Fields): Fields {
  const listed = listedNames(fields);
  if (listed === undefined) return fields.only(isForAll);
  return fields.only((name) => isForAll(name) && !listed.includes(name.toLowerCase()));
}

function isForAll(name: string): boolean {
  const dropped = DROPPED[name.length];
  if (dropped !== undefined) for (const one of dropped) if (isNamed(name, one)) return false;
  return true;
}

/** What Connection takes away beyond the usual; undefined where it is nothing, as in nearly every message. */
function listedNames(fields: Fields): readonly string[] | undefined {
  const connection = fields.get("connection");
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  const names = elements(connection.toLowerCase()).filter((name) => !NOT_TO_BE_LISTED.has(name));
  return names.length === 0 ? undefined : names;
}

/**
 * What has no business in trailers: "those that describe message framing, routing, authentication, request
 * modifiers, response controls, or content format" (§6.5.1). Whoever merges trailers into the head, which some do,
 * would believe them.
 */
const NEVER_A_TRAILER: ReadonlySet<string> = new Set([
  ...ENDS_HERE,
  // framing and routing
  ...["host", "trailer", "via", "cdn-loop", "max-forwards", "forwarded"],
  // authentication; Authentication-Info may be a trailer (§11.6.3)
  ...["authorization", "www-authenticate", "cookie", "cookie2", "set-cookie", "set-cookie2"],
  // request modifiers
  ...["cache-control", "pragma", "expect", "range", "if-match", "if-none-match", "if-range"],
  ...["if-modified-since", "if-unmodified-since"],
  // response controls
  ...["age", "expires", "date", "location", "retry-after", "vary", "warning"],
]);

/** Content-Type, Content-Encoding, Content-Range …, but a digest is what trailers are for (RFC 9530 §2). */
const isOfContent = (name: string): boolean => name.startsWith("content-") && name !== "content-digest";

/** An address or a URL that the last proxy vouches for: X-Forwarded-For, -Host, -Proto and their kin. */
const isVouchedFor = (name: string): boolean => name.startsWith("x-forwarded-") || name === "x-real-ip";

/**
 * The trailers that go on; undefined where none do. `head` is the fields of the message they end, whose
 * Connection field may list trailers too (§7.6.1, §6.5.1).
 *
 * @example
 * const trailers = Fields.of({ "Server-Timing": "db;dur=9", "Set-Cookie": "a=b" });
 * forwardableTrailers(trailers, new Fields())?.print(); // "Server-Timing: db;dur=9\r\n"
 */
export function forwardableTrailers(trailers: Fields | undefined, head: Fields): Fields | undefined {
  if (trailers === undefined) return undefined;
  const listed = listedNames(head);
  const kept = trailers.only((name) => {
    const lower = name.toLowerCase();
    if (NEVER_A_TRAILER.has(lower) || isOfContent(lower) || isVouchedFor(lower)) return false;
    return listed === undefined || !listed.includes(lower);
  });
  return kept.size === 0 ? undefined : kept;
}
