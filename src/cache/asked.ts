/** What a request wants of caches: its directives (RFC 9111 §5.2.1), and what else in it only its origin can judge. */

import type { Fields } from "../http/fields.ts";
import { Directives, NO_DIRECTIVES, parseDirectives } from "./directives.ts";

/**
 * The directives of a request. Where there is no Cache-Control, Pragma may say no-cache for those who know nothing
 * newer (§5.4); all else in it means nothing.
 *
 * @example
 * askedOf(Fields.of({ Pragma: "no-cache" })).has("no-cache"); // true
 */
export function askedOf(fields: Fields): Directives {
  const control = fields.get("cache-control");
  if (control !== undefined) return parseDirectives(control);
  return parseDirectives(fields.get("pragma")).has("no-cache") ? NO_CACHE : NO_DIRECTIVES;
}

const NO_CACHE = new Directives(new Map([["no-cache", undefined]]));

/**
 * Whether a request has preconditions that "are not applicable to a cache" (§4.3.2): only the origin knows what they
 * are about.
 *
 * @example
 * isForOrigin(Fields.of({ "If-Match": '"a"' })); // true
 */
export const isForOrigin = (fields: Fields): boolean => fields.has("if-match") || fields.has("if-unmodified-since");
