/** The cache key: the target URI as we spell it, and what else tells two requests apart (RFC 9111 §2). */

import { cookieOf } from "../http/cookies.ts";
import type { Fields } from "../http/fields.ts";
import { quotedElements } from "../http/lists.ts";
import type { Request } from "../http/message.ts";

/** What makes a key besides the target URI, and what of that does not. */
export interface KeyRules {
  /** Query parameters that do not matter, by name; `*` at the end is anything: "utm_*". */
  readonly ignoredQuery: readonly string[];
  /** Parts that are left out of the URI. */
  readonly without: readonly ("scheme" | "host" | "query")[];
  /** Request fields and cookies whose values are added. */
  readonly withFields: readonly string[];
  readonly withCookies: readonly string[];
}

/** What stands before the path, by what Host says; undefined where that says nothing one could use. */
type Origins = Map<string, string | undefined>;

/** @internal */
export const PLAIN_KEY: KeyRules = { ignoredQuery: [], without: [], withFields: [], withCookies: [] };

/**
 * Makes keys. `isSecure`: whether a target without a scheme is meant over TLS. Undefined where there is no telling what
 * is meant: a request without Host, or for no resource (`*`).
 *
 * @example
 * const fields = Fields.of({ Host: "LocalHost:80" });
 * new CacheKeys().of({ target: "/a?b", fields }, false); // "http://localhost/a?b"
 */
export class CacheKeys {
  readonly #rules: KeyRules;
  readonly #isPlain: boolean;
  readonly #ignores: RegExp | undefined;
  /** Most requests have the one that others had. Forgotten now and then. */
  readonly #plainOrigins: Origins = new Map();
  readonly #secureOrigins: Origins = new Map();

  constructor(rules: KeyRules = PLAIN_KEY) {
    const { ignoredQuery, without, withFields, withCookies } = rules;
    this.#rules = rules;
    this.#isPlain = without.length === 0 && withFields.length === 0 && withCookies.length === 0;
    this.#ignores = ignoredQuery.length === 0 ? undefined : namesIn(ignoredQuery);
  }

  of(request: Pick<Request, "target" | "fields">, isSecure: boolean): string | undefined {
    const uri = this.uriOf(request, isSecure);
    if (uri === undefined || this.#isPlain) return uri;
    return this.#abridged(uri) + this.#additions(request.fields);
  }

  /** The target URI alone (RFC 9110 §7.1). */
  uriOf(request: Pick<Request, "target" | "fields">, isSecure: boolean): string | undefined {
    const { target } = request;
    if (target.charCodeAt(0) !== SLASH) return this.#absolute(target);
    const host = request.fields.get("host");
    if (host === undefined) return undefined;
    const origin = this.#originOf(host, isSecure);
    return origin === undefined ? undefined : origin + this.#pathOf(target);
  }

  /** An absolute URI as the keys of requests for it begin, by which they can be found; undefined where it has none. */
  inKey(uri: string): string | undefined {
    const target = this.#absolute(uri);
    return target === undefined || this.#isPlain ? target : this.#abridged(target);
  }

  #absolute(target: string): string | undefined {
    const [, scheme, authority = "", rest = ""] = ABSOLUTE.exec(target) ?? [];
    if (scheme === undefined) return undefined;
    const origin = this.#originOf(authority, scheme.length === 5);
    if (origin === undefined) return undefined;
    return origin + this.#pathOf(rest.startsWith("/") ? rest : `/${rest}`);
  }

  #originOf(authority: string, isSecure: boolean): string | undefined {
    const origins = isSecure ? this.#secureOrigins : this.#plainOrigins;
    let origin = origins.get(authority);
    if (origin === undefined && !origins.has(authority)) {
      origin = normalOrigin(authority, isSecure);
      if (origins.size >= MOST_ORIGINS) origins.clear();
      origins.set(authority, origin);
    }
    return origin;
  }

  #pathOf(target: string): string {
    const path = target.includes("%") ? normalEscapes(target) : target;
    const query = this.#ignores === undefined ? -1 : path.indexOf("?");
    if (query < 0) return path;
    const kept = path
      .slice(query + 1)
      .split("&")
      .filter((parameter) => !this.#ignores!.test(parameter));
    return kept.length === 0 ? path.slice(0, query) : `${path.slice(0, query)}?${kept.join("&")}`;
  }

  #abridged(uri: string): string {
    const [, scheme = "", host = "", path = "", query = ""] = PARTS.exec(uri) ?? [];
    const has = (part: KeyRules["without"][number]): boolean => !this.#rules.without.includes(part);
    return `${has("scheme") ? scheme : "any"}://${has("host") ? host : "any"}${path}${has("query") ? query : ""}`;
  }

  #additions(fields: Fields): string {
    let text = "";
    for (const name of this.#rules.withFields) {
      const value = fields.get(name.toLowerCase());
      text += addition(name, value === undefined ? undefined : quotedElements(value).join(","));
    }
    for (const name of this.#rules.withCookies) text += addition(name, cookieOf(fields, name));
    return text;
  }
}

/** What is not there is something else than what is empty. */
const addition = (name: string, value: string | undefined): string =>
  value === undefined ? ` ${name}` : ` ${name}=${encodeURIComponent(value)}`;

const SLASH = 0x2f;
const MOST_ORIGINS = 1000;
const ABSOLUTE = /^(https?):\/\/([^/?#]*)(.*)$/i;
const PARTS = /^([a-z]+):\/\/([^/]*)([^?]*)(.*)$/;

/**
 * "the scheme and host are case-insensitive and normally provided in lowercase", and to name the default port, or an
 * empty one, is as good as to name none (RFC 9110 §4.2.3).
 */
function normalOrigin(authority: string, isSecure: boolean): string | undefined {
  const lower = authority.toLowerCase();
  if (lower === "" || lower.startsWith(":") || /[\s/?#@\\]/.test(lower)) return undefined;
  return `${isSecure ? "https" : "http"}://${lower.replace(isSecure ? /:(?:443)?$/ : /:(?:80)?$/, "")}`;
}

/** What is not "reserved" is equivalent to its percent-encoded octets: "the normal form is to not encode them". */
function normalEscapes(target: string): string {
  return target.replace(/%([\da-f]{2})/gi, (octet, digits: string) => {
    const letter = String.fromCharCode(Number.parseInt(digits, 16));
    return /[\w.~-]/.test(letter) ? letter : octet.toUpperCase();
  });
}

function namesIn(patterns: readonly string[]): RegExp {
  const names = patterns.map((name) => name.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^=]*"));
  return new RegExp(`^(?:${names.join("|")})(?:=|$)`);
}
