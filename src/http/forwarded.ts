/** For whom a proxy asks, and how he asked it: Forwarded (RFC 7239), and X-Forwarded-For, -Host and -Proto before it. */

import type { Fields } from "./fields.ts";
import { elements, isToken } from "./grammar.ts";

/** Which fields say so. */
export type ForwardedStyle = "none" | "x-forwarded" | "forwarded" | "both";

/** The client that a proxy hears, as far as the server behind it may want to know. */
export interface Forwarder {
  /** Its IP address; undefined where it has none (a Unix-domain socket). */
  readonly remote: string | undefined;
  /** The host that it asked for, as its request says. */
  readonly host: string | undefined;
  /** Whether it asked over TLS. */
  readonly secure: boolean;
  /** Whether what it says of those before it is believed, as it is of another proxy of ours. */
  readonly trusted: boolean;
}

/** All by which a server may believe to know its client. */
const NAMES = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-real-ip",
];

/**
 * Says in a request's fields for whom it is passed on. What a client that is not trusted says of itself goes, in
 * whichever style it does: a server might read just that. Of one that is trusted, the way so far is made longer
 * (RFC 7239 §4), and the first one's host and protocol stay. In the style "none" all fields stay as they are.
 *
 * @example
 * const fields = Fields.of({ "X-Forwarded-For": "192.0.2.1" });
 * addForwarded(fields, "forwarded", { remote: "::1", host: "a:80", secure: false, trusted: false }).print();
 * // 'Forwarded: for="[::1]";host="a:80";proto=http\r\n'
 */
export function addForwarded(fields: Fields, style: ForwardedStyle, hop: Forwarder): Fields {
  if (style === "none") return fields;
  if (!hop.trusted) for (const name of NAMES) fields.delete(name);
  const { host } = hop;
  const remote = plainAddress(hop.remote);
  const proto = hop.secure ? "https" : "http";
  // First, since it is told by the way so far.
  if (style !== "x-forwarded") {
    const last = printElement(remote === undefined ? "unknown" : node(remote), host, proto);
    extend(fields, "Forwarded", fields.get("forwarded") ?? translated(fields), last);
  }
  if (style !== "forwarded") {
    // In X-Forwarded-For there is no word for one without an address.
    if (remote !== undefined) extend(fields, "X-Forwarded-For", fields.get("x-forwarded-for"), remote);
    if (host !== undefined && !fields.has("x-forwarded-host")) fields.append("X-Forwarded-Host", host);
    if (!fields.has("x-forwarded-proto")) fields.append("X-Forwarded-Proto", proto);
  }
  return fields;
}

const extend = (fields: Fields, name: string, before: string | undefined, last: string): Fields =>
  fields.set(name, before === undefined || before === "" ? last : `${before}, ${last}`);

/**
 * The way so far, where it is told in X-Forwarded-For alone: else the two would tell different ones (RFC 7239 §7.4).
 * Host and protocol are those of the first.
 */
function translated(fields: Fields): string | undefined {
  const way = elements(fields.get("x-forwarded-for"));
  if (way.length === 0) return undefined;
  const [host] = elements(fields.get("x-forwarded-host"));
  const [proto] = elements(fields.get("x-forwarded-proto"));
  return way
    .map((address, i) => (i === 0 ? printElement(node(address), host, proto) : `for=${node(address)}`))
    .join(", ");
}

/** forwarded-element (§4): pairs, whose values are tokens or quoted strings. */
function printElement(node: string, host: string | undefined, proto: string | undefined): string {
  let text = `for=${node}`;
  if (host !== undefined) text += `;host=${printValue(host)}`;
  if (proto !== undefined) text += `;proto=${printValue(proto)}`;
  return text;
}

const printValue = (value: string): string => (isToken(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`);

/** As an IPv4 client is called by everybody but a socket for both families; and without the zone, which is ours. */
function plainAddress(address: string | undefined): string | undefined {
  // Most have nothing to take away.
  if (address === undefined || !/[:%]/.test(address)) return address;
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "").replace(/%.*$/, "");
}

/** node (§6): what is no address is unknown. "[::1]" stands in quotes, "since ':' and '[]' are not valid in a token". */
function node(address: string): string {
  const plain = plainAddress(address)!;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain)) return plain;
  if (/^(?=[^:]*:[^:]*:)[\da-f:.]{2,45}$/i.test(plain)) return `"[${plain}]"`;
  if (/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(plain)) return `"${plain}"`;
  // obfnode, a name that a proxy made up.
  return /^_[\w.-]+$/.test(plain) ? plain : "unknown";
}
