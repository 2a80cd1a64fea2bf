/** A server behind us, as people write it: `--to http://localhost:3000,weight=3` (RFC 9110 §4.2). */

import { isHost } from "../http/target.ts";
import type { Address } from "../socket/socket.ts";
import { type Origin, originAt } from "../web/origin.ts";

export interface Upstream {
  readonly origin: Origin;
  /** Its share of the requests, next to the others' weights. */
  readonly weight: number;
  /** The path that requests' paths are put behind, percent-encoded, without a slash at its end; "" where none was given. */
  readonly path: string;
  /** Whether there was a path at all: "http://a/" has one, "http://a" has not. */
  readonly hasPath: boolean;
  /** As it was written. */
  readonly text: string;
}

/** Enough for "one in ten thousand", and sums of it are exact. */
const HEAVIEST = 10_000;

/**
 * Reads an upstream: `http://host:port/path`, `https://…`, `host:port` (which is http), `3000` (which is
 * http://localhost:3000), `unix:/run/app.sock`, `unix:/run/app.sock:/path`; each with `,weight=3` behind it. A comma
 * in a path is written `%2C`. Throws a TypeError of one line where it is none of these.
 *
 * @example
 * parseUpstream("http://localhost:3000/api/,weight=3").path; // "/api"
 */
export function parseUpstream(text: string): Upstream {
  const [url = "", ...parameters] = text.split(",");
  const server = url.startsWith("unix:") ? parseUnix(text, url.slice("unix:".length)) : parseUrl(text, url);
  return { ...server, weight: parseWeight(text, parameters), text };
}

type Server = Pick<Upstream, "origin" | "path" | "hasPath">;

/** A password belongs neither on a screen nor in a log. */
function refuse(text: string, why: string): TypeError {
  const shown = JSON.stringify(text.replace(/^([^/]*\/\/)?[^/]*@/, "$1…@"));
  return new TypeError(`Cannot use the upstream ${shown}: ${why}`);
}

function parseUrl(text: string, url: string): Server {
  // `new URL` takes spaces away, and turns backslashes into slashes.
  if (/[\s\0-\x20\x7f]/.test(url)) throw refuse(text, "it holds a space");
  if (url.includes("\\")) throw refuse(text, "it holds a backslash");
  const [, scheme, rest = ""] = /^(?:([^:/?#]*):\/\/)?(.*)$/.exec(/^\d+(?:\/|$)/.test(url) ? `localhost:${url}` : url)!;
  const protocol = (scheme ?? "http").toLowerCase();
  if (protocol !== "http" && protocol !== "https") throw refuse(text, "its scheme is neither http nor https");
  const [, authority = "", path = ""] = /^([^/?#]*)(.*)$/.exec(rest)!;
  if (authority.includes("@")) throw refuse(text, "it holds a user name");
  const address = parseAuthority(text, authority, protocol === "https");
  return { origin: originAt(address, protocol === "https"), ...parseBase(text, path) };
}

function parseAuthority(text: string, authority: string, isSecure: boolean): Address {
  const [, host = authority, port] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(authority) ?? [];
  if (/^[\da-f]*:[\da-f.:]*:/i.test(authority)) throw refuse(text, "an IPv6 address stands in brackets");
  if (host === "") throw refuse(text, "it names no host");
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw refuse(text, "its port is not a number from 1 to 65535");
  }
  const no = `"${host}" is neither a host name nor an IP address`;
  if (!URL.canParse(`http://${host}`)) throw refuse(text, no);
  const { hostname } = new URL(`http://${host}`);
  // `new URL` takes "3000" and "0x7f.1" for IPv4 addresses, and quotation marks for letters of a name.
  if (!isHost(hostname) || (/^[\d.]+$/.test(hostname) && hostname !== host)) throw refuse(text, no);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port ?? (isSecure ? 443 : 80)) };
}

function parseUnix(text: string, place: string): Server {
  const border = place.indexOf(":/");
  const path = border < 0 ? place : place.slice(0, border);
  if (path === "") throw refuse(text, "it names no socket");
  if (path.includes("\0")) throw refuse(text, "the name of its socket holds NUL");
  return {
    // "unix:///run/app.sock" is what some write, and means the same.
    origin: originAt({ path: path.replace(/^\/+/, "/") }),
    ...parseBase(text, border < 0 ? "" : place.slice(border + 1)),
  };
}

function parseBase(text: string, base: string): Pick<Upstream, "path" | "hasPath"> {
  if (base.includes("#")) throw refuse(text, "it holds a fragment");
  if (base.includes("?")) throw refuse(text, "it holds a query");
  let path = new URL(`http://here.invalid${base}`).pathname;
  while (path.endsWith("/")) path = path.slice(0, -1);
  return { path, hasPath: base !== "" };
}

function parseWeight(text: string, parameters: readonly string[]): number {
  let weight: number | undefined;
  for (const parameter of parameters) {
    const [name, ...values] = parameter.split("=");
    const value = values.join("=");
    if (name !== "weight") throw refuse(text, `there is no parameter ${JSON.stringify(name)} but only weight`);
    if (weight !== undefined) throw refuse(text, "its weight is given twice");
    weight = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    if (weight < 1 || weight > HEAVIEST) throw refuse(text, `its weight is not a whole number from 1 to ${HEAVIEST}`);
  }
  return weight ?? 1;
}
