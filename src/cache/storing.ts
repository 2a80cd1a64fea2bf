/** May a response be stored? (RFC 9111 §3) */

import type { Fields } from "../http/fields.ts";
import { parseDirectives } from "./directives.ts";
import { isHeuristicallyCacheable } from "./freshness.ts";
import type { Reason } from "./reasons.ts";
import { lifetimeByRule, type Rules } from "./rules.ts";
import type { Terms } from "./terms.ts";

/** A response, and what of its request matters. */
export interface Storable {
  readonly method: string;
  /** The target URI. */
  readonly uri: string;
  readonly requestFields: Fields;
  readonly status: number;
  readonly fields: Fields;
  readonly terms: Terms;
}

export interface StoringVerdict {
  readonly mayStore: boolean;
  /** The rule that decided. */
  readonly because: Reason;
}

/**
 * Statuses whose caching requirements we keep, as must-understand asks (§5.2.2.3): those that RFC 9110 defines as
 * final, but for the ones that answer to something in this request alone; and 451.
 */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 415, 421, 422, 426, 451],
  ...[500, 501, 502, 503, 504, 505],
]);

/**
 * They answer to a precondition, a range, an expectation or a proxy's demand: to fields of one request that no key and
 * no Vary knows.
 */
const OF_ONE_REQUEST: ReadonlySet<number> = new Set([304, 407, 412, 416, 417]);

/** Each of them "MUST NOT be stored by a cache", whatever else it says (RFC 6585 §3 to §6). */
const NEVER_STORED: ReadonlySet<number> = new Set([428, 429, 431, 511]);

/**
 * Whether it may, and by which rule.
 *
 * @example
 * const fields = Fields.of({ "Cache-Control": "no-store" });
 * const asked = { method: "GET", uri: "http://localhost/", requestFields: new Fields() };
 * mayStore({ ...asked, status: 200, fields, terms: termsOf(fields, []) }, DEFAULT_RULES).mayStore; // false
 */
export function mayStore(response: Storable, rules: Rules): StoringVerdict {
  const no = refusal(response, rules);
  return no === undefined ? permission(response, rules) : { mayStore: false, because: no };
}

/** The first of the rules that forbids it. */
function refusal(response: Storable, rules: Rules): Reason | undefined {
  const { method, requestFields, status, fields, terms } = response;
  const { directives, field } = terms;
  if (method !== "GET" && !isStorablePost(response)) {
    return { rule: `answers to ${method} are not kept`, section: "§3" };
  }
  if (status < 200) return { rule: "only final answers are kept", section: "§3" };
  if (OF_ONE_REQUEST.has(status)) return { rule: `a ${status} is about one request alone`, section: "§3" };
  if (NEVER_STORED.has(status)) return { rule: `a ${status} must not be stored`, section: "RFC 6585" };
  if (requestFields.has("range") && status !== 200 && status !== 206 && status < 300) {
    return { rule: `nobody knows what a ${status} to a range is part of`, section: "§3.3" };
  }
  if (parseDirectives(requestFields.get("cache-control")).has("no-store")) {
    return { rule: "its request wants nothing kept", section: "§5.2.1.5", field: "Cache-Control", value: "no-store" };
  }
  if (directives.has("must-understand")) {
    if (!UNDERSTOOD.has(status)) {
      return { rule: `the status ${status} is not understood`, section: "§5.2.2.3", field, value: "must-understand" };
    }
  } else if (directives.has("no-store")) {
    return { rule: "must not be stored", section: "§5.2.2.5", field, value: "no-store" };
  }
  if (directives.isWhole("private")) {
    return { rule: "is for one user alone", section: "§5.2.2.7", field, value: "private" };
  }
  if (requestFields.has("authorization") && !isForAll(terms)) {
    return { rule: "answers who has a password", section: "§3.5", field: "Authorization" };
  }
  if (!rules.storesCookies && fields.has("set-cookie")) {
    return { rule: "sets a cookie, and such are not kept here", section: "configuration", field: "Set-Cookie" };
  }
  if (isAnyVary(fields.get("vary"))) {
    return { rule: "no other request is like this one", section: "§4.1", field: "Vary", value: "Vary: *" };
  }
  return undefined;
}

/** "the response contains at least one of the following" – §3. */
function permission({ uri, status, fields, terms }: Storable, rules: Rules): StoringVerdict {
  const { directives, field, isTargeted } = terms;
  const told = lifetimeByRule(rules, uri);
  if (told !== undefined) return { mayStore: true, because: told.because };
  for (const [name, section] of PERMITS) {
    if (!directives.has(name)) continue;
    return { mayStore: true, because: { rule: "may be stored", section, field, value: name } };
  }
  if (!isTargeted && fields.has("expires")) {
    return { mayStore: true, because: { rule: "may be stored", section: "§5.3", field: "Expires" } };
  }
  // no-cache is about use alone: what is asked about each time may be kept for that (§5.2.2.4).
  if (isHeuristicallyCacheable(status, false)) {
    return { mayStore: true, because: { rule: `a ${status} may be stored`, section: "§4.2.2" } };
  }
  return { mayStore: false, because: { rule: `nothing says that a ${status} may be stored`, section: "§3" } };
}

const PERMITS = [
  ["s-maxage", "§5.2.2.10"],
  ["max-age", "§5.2.2.1"],
  ["public", "§5.2.2.9"],
] as const;

/**
 * Whether the answer to a request with Authorization may be used for others: that takes one of three directives (§3.5).
 *
 * @example
 * isForAll(termsOf(Fields.of({ "Cache-Control": "max-age=60" }), [])); // false
 */
export const isForAll = ({ directives }: Terms): boolean =>
  directives.has("public") || directives.has("must-revalidate") || directives.has("s-maxage");

/**
 * "Responses to POST requests are only cacheable when they include explicit freshness information … and a
 * Content-Location header field that has the same value as the POST's target URI" – RFC 9110 §9.3.3. Then it answers a
 * later GET.
 */
function isStorablePost({ method, uri, status, fields, terms }: Storable): boolean {
  if (method !== "POST" || status !== 200) return false;
  const location = fields.get("content-location");
  if (location === undefined || resolved(location, uri) !== uri) return false;
  const { directives, isTargeted } = terms;
  return directives.has("max-age") || directives.has("s-maxage") || (!isTargeted && fields.has("expires"));
}

/**
 * What a reference in a response refers to: an absolute URI without fragment; undefined where it cannot be read.
 *
 * @example
 * resolved("b", "http://localhost/a"); // "http://localhost/b"
 */
export function resolved(reference: string, base: string): string | undefined {
  if (!URL.canParse(reference, base)) return undefined;
  const url = new URL(reference, base);
  url.hash = "";
  return url.href;
}

/**
 * Whether a Vary field says that no other request can be like this one: "a member '*'", wherever it stands (§4.1).
 *
 * @example
 * isAnyVary("Accept, *"); // true
 */
export const isAnyVary = (vary: string | undefined): boolean =>
  vary?.includes("*") === true && vary.split(",").some((member) => member.trim() === "*");
