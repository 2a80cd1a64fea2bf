/** When a response may be used though it is stale (RFC 9111 §4.2.4, RFC 5861). */

import type { Assessment } from "./assess.ts";
import type { Directives } from "./directives.ts";
import type { Reason } from "./reasons.ts";
import { spokenTime } from "./reasons.ts";
import type { Rules } from "./rules.ts";

/**
 * What forbids it: "an explicit in-protocol directive (e.g., by a no-cache response directive, a must-revalidate
 * response directive, or an applicable s-maxage or proxy-revalidate response directive)". s-maxage forbids it by
 * implication only, and an extension by which the same response says the contrary overrides that (§4): then it is no
 * matter, by `isOverridden`.
 *
 * @example
 * forbidsStale(assess(stored, DEFAULT_RULES, 0), false); // undefined
 */
export function forbidsStale({ terms, stored }: Assessment, isOverridden: boolean): Reason | undefined {
  const { directives, field } = terms;
  if (stored.isInvalid) return { rule: "was made invalid, so it must be asked about", section: "§4.4" };
  if (directives.isWhole("no-cache")) {
    return { rule: "may not be used unasked", section: "§5.2.2.4", field, value: "no-cache" };
  }
  for (const [name, section] of FORBIDDING) {
    if (directives.has(name)) return { rule: "may not be used stale", section, field, value: name };
  }
  if (directives.has("s-maxage") && !isOverridden) {
    return { rule: "may not be used stale", section: "§5.2.2.10", field, value: "s-maxage" };
  }
  return undefined;
}

const FORBIDDING = [
  ["must-revalidate", "§5.2.2.2"],
  ["proxy-revalidate", "§5.2.2.8"],
] as const;

/**
 * Whether it may be used while it is asked about in the background (RFC 5861 §3); the reason if so.
 *
 * @example
 * whileRevalidating(assess(stored, DEFAULT_RULES, 0)); // undefined
 */
export function whileRevalidating(assessed: Assessment): Reason | undefined {
  const window = windowOf(assessed.terms.directives, "stale-while-revalidate");
  const staleness = assessed.age - assessed.lifetime.ms;
  if (window === undefined || staleness > window || forbidsStale(assessed, true) !== undefined) return undefined;
  return {
    rule: `stale for ${spokenTime(staleness)}, which is short enough while it is asked about`,
    section: "RFC 5861 §3",
    field: assessed.terms.field,
    value: `stale-while-revalidate=${window / 1000}`,
  };
}

/**
 * Whether it may stand in for an error, or for no answer at all; the reason if so. An error, `isError`, is an answer:
 * for that it takes somebody who allowed it (RFC 5861 §4): the response, the request or the configuration. Where there
 * is no answer the cache is disconnected, and what is not forbidden is allowed; but when a response itself says for how
 * long, then for no longer.
 *
 * @example
 * const old = assess(stored, DEFAULT_RULES, stored.responseTime + 1e9);
 * ifError(old, NO_DIRECTIVES, DEFAULT_RULES, false)?.section; // "§4.2.4"
 */
export function ifError(assessed: Assessment, request: Directives, rules: Rules, isError: boolean): Reason | undefined {
  const { directives, field } = assessed.terms;
  const staleness = Math.max(0, assessed.age - assessed.lifetime.ms);
  const said = windowOf(directives, "stale-if-error");
  const isSaid = said !== undefined && staleness <= said;
  if (forbidsStale(assessed, isSaid) !== undefined) return undefined;
  const rule = "stands in for an error";
  if (isSaid) return { rule, section: "RFC 5861 §4", field, value: `stale-if-error=${said / 1000}` };
  const accepted = windowOf(request, "stale-if-error");
  if (accepted !== undefined && staleness <= accepted) {
    return { rule, section: "RFC 5861 §4", field: "Cache-Control", value: `stale-if-error=${accepted / 1000}` };
  }
  // "when the cached response is more stale than the indicated amount, the cached response SHOULD NOT be used".
  if (said !== undefined) return undefined;
  if (rules.staleIfError > 0 && staleness <= rules.staleIfError) {
    return { rule, section: "configuration", value: "--stale-if-error" };
  }
  return isError ? undefined : { rule: "stands in, since no answer can be had", section: "§4.2.4" };
}

/** Milliseconds; undefined where the directive is not there, or says no number. */
function windowOf(directives: Directives, name: string): number | undefined {
  const seconds = directives.seconds(name);
  return seconds === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000;
}
