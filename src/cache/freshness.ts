/** How long a response may be used without asking again: its freshness lifetime (RFC 9111 §4.2.1, §4.2.2). */

import { parseDate } from "../http/dates.ts";
import type { Fields } from "../http/fields.ts";
import { dateOf } from "./age.ts";
import type { Reason } from "./reasons.ts";
import { spokenTime } from "./reasons.ts";
import { lifetimeByRule, type Rules } from "./rules.ts";
import type { Terms } from "./terms.ts";

export interface Lifetime {
  /** Milliseconds. */
  readonly ms: number;
  /** Whether the response said so, or it was guessed, or told by configuration, or there was nothing to go by. */
  readonly kind: "explicit" | "heuristic" | "configured" | "none";
  readonly because: Reason;
}

/**
 * Statuses that are "defined as heuristically cacheable": whose lifetime may be guessed where the response does not say
 * it (RFC 9110 §15.1; for 451, RFC 7725 §3).
 */
const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  ...[200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501],
]);

/**
 * Whether the lifetime of a response with this status may be guessed. `isPublic`: it says it is public, which marks any
 * status "as explicitly cacheable" (§4.2.2).
 *
 * @example
 * isHeuristicallyCacheable(404, false); // true
 */
export const isHeuristicallyCacheable = (status: number, isPublic: boolean): boolean =>
  isPublic || HEURISTICALLY_CACHEABLE.has(status);

/** What a lifetime depends on. */
export interface Aging {
  readonly status: number;
  readonly fields: Fields;
  readonly terms: Terms;
  readonly responseTime: number;
  /** When its origin made it; where nobody knows that yet, it is read from the fields. */
  readonly date?: number;
  /** The target URI. */
  readonly uri: string;
}

/**
 * The lifetime by the first of these that is there: configuration, s-maxage, max-age, Expires, a guess.
 *
 * @example
 * const fields = Fields.of({ "Cache-Control": "max-age=60, s-maxage=10" });
 * const from = { terms: termsOf(fields, []), responseTime: Date.now(), uri: "http://localhost/" };
 * lifetimeOf({ status: 200, fields, ...from }, DEFAULT_RULES).ms; // 10000
 */
export function lifetimeOf(response: Aging, rules: Rules): Lifetime {
  const told = lifetimeByRule(rules, response.uri);
  if (told !== undefined) return { ...told, kind: "configured" };
  return byDirective(response) ?? byExpires(response) ?? byGuess(response, rules);
}

function byDirective({ terms, fields }: Aging): Lifetime | undefined {
  const { directives, field } = terms;
  // "If the cache is shared and the s-maxage response directive … is present, use its value"
  const name = directives.has("s-maxage") ? "s-maxage" : "max-age";
  const seconds = directives.seconds(name);
  if (seconds === undefined) return undefined;
  const ms = Number.isNaN(seconds) ? 0 : seconds * 1000;
  const argument = Number.isNaN(seconds) ? "unreadable" : directives.argument(name);
  const rule = ms === 0 ? "stale at once" : `fresh for ${spokenTime(ms)}`;
  const section = name === "s-maxage" ? "§5.2.2.10" : "§5.2.2.1";
  const because = { rule, section, field, value: `${name}=${argument}` };
  const beat = beaten(name, terms, fields);
  return { ms, kind: "explicit", because: beat.length === 0 ? because : { ...because, beat } };
}

/** What says a lifetime, too, and is not asked: "use its value" of the first that is there. */
function beaten(name: string, { directives, isTargeted }: Terms, fields: Fields): readonly string[] {
  const beat: string[] = [];
  if (name === "s-maxage" && directives.has("max-age")) beat.push("max-age");
  if (isTargeted && fields.has("cache-control")) beat.push("Cache-Control");
  if (fields.has("expires")) beat.push("Expires");
  return beat;
}

function byExpires({ fields, terms, responseTime, date }: Aging): Lifetime | undefined {
  if (terms.isTargeted || !fields.has("expires")) return undefined;
  // Of several lines the first counts: joined by commas they are no date.
  const [value = ""] = fields.all("expires");
  const expires = parseDate(value, responseTime);
  // "MUST interpret invalid date formats, especially the value "0", as representing a time in the past" – §5.3.
  const ms = expires === undefined ? 0 : Math.max(0, expires - (date ?? dateOf(fields, responseTime)));
  const rule = ms === 0 ? "stale at once" : `fresh for ${spokenTime(ms)}`;
  return { ms, kind: "explicit", because: { rule, section: "§5.3", field: "Expires", value: `Expires: ${value}` } };
}

function byGuess({ status, fields, terms, responseTime, date }: Aging, rules: Rules): Lifetime {
  const value = fields.get("last-modified");
  const modified = value === undefined ? undefined : parseDate(value, responseTime);
  const may = rules.mostHeuristic > 0 && isHeuristicallyCacheable(status, terms.directives.has("public"));
  if (may && modified !== undefined) {
    const unchanged = Math.max(0, (date ?? dateOf(fields, responseTime)) - modified);
    const ms = Math.min(unchanged * rules.heuristicFraction, rules.mostHeuristic);
    const rule = `guessed to be fresh for ${spokenTime(ms)}`;
    const because = { rule, section: "§4.2.2", field: "Last-Modified", value: `Last-Modified: ${value}` };
    return { ms, kind: "heuristic", because };
  }
  return { ms: 0, kind: "none", because: { rule: "says nothing of how long it is fresh", section: "§4.2.1" } };
}
