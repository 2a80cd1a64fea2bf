/** Which of several stored responses to a request of the same key is used (RFC 9111 §4, §4.1). */

import type { Fields } from "../http/fields.ts";
import type { Assessment } from "./assess.ts";
import type { Reason } from "./reasons.ts";
import type { Rules } from "./rules.ts";
import { matches, matchesByLanguage } from "./vary.ts";

export interface Choice {
  readonly chosen: Assessment;
  /** Where there was something to choose by. */
  readonly because: readonly Reason[];
}

/**
 * The response to use, if any fits. "a cache MUST use the most recent one (as determined by the Date header field)";
 * but one without Vary, where others have it, is likely to have forgotten it: "the cache SHOULD choose the most recent
 * … stored response with a valid Vary field value".
 *
 * @example
 * choose([assess(stored, DEFAULT_RULES, 0)], new Fields(), DEFAULT_RULES)?.chosen.stored.status; // 200
 */
export function choose(candidates: readonly Assessment[], request: Fields, rules: Rules): Choice | undefined {
  const fitting = candidates.filter(({ stored }) => matches(stored.selecting, request));
  const alike = fitting.filter(({ stored }) => stored.selecting.length > 0);
  const chosen = mostRecent(alike) ?? mostRecent(fitting);
  if (chosen !== undefined) return { chosen, because: varying(chosen) };
  if (!rules.choosesLanguage) return undefined;
  const inLanguage = mostRecent(
    candidates.filter(({ stored, fields }) =>
      matchesByLanguage(stored.selecting, fields.get("content-language"), request),
    ),
  );
  if (inLanguage === undefined) return undefined;
  const value = `Content-Language: ${inLanguage.fields.get("content-language")}`;
  const rule = "is in the language that the request likes best";
  return { chosen: inLanguage, because: [{ rule, section: "§4.1", field: "Content-Language", value }] };
}

/**
 * The one with the latest Date; of several, the one that came last.
 *
 * @example
 * const later = { ...stored, responseTime: stored.responseTime + 1000 };
 * mostRecent([stored, later].map((one) => assess(one, DEFAULT_RULES, 0)))?.stored === later; // true
 */
export function mostRecent(candidates: readonly Assessment[]): Assessment | undefined {
  let best: Assessment | undefined;
  for (const one of candidates) {
    const isNewer =
      best === undefined ||
      one.date > best.date ||
      (one.date === best.date && one.stored.responseTime > best.stored.responseTime);
    if (isNewer) best = one;
  }
  return best;
}

function varying({ stored }: Assessment): readonly Reason[] {
  if (stored.selecting.length === 0) return [];
  const names = stored.selecting.map(([name]) => name).join(", ");
  return [
    {
      rule: `varies on ${names}, in which the requests are alike`,
      section: "§4.1",
      field: "Vary",
      value: `Vary: ${names}`,
    },
  ];
}
