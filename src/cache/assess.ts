/** What a stored response amounts to at this moment: its terms, how long it is good, how old it is (RFC 9111 §4.2). */

import type { Fields } from "../http/fields.ts";
import { currentAge, dateOf, initialAge } from "./age.ts";
import { type Lifetime, lifetimeOf } from "./freshness.ts";
import type { Rules } from "./rules.ts";
import type { Stored } from "./store.ts";
import { fieldsOf } from "./stored-fields.ts";
import { type Terms, termsOf } from "./terms.ts";

export interface Assessment {
  readonly stored: Stored;
  readonly fields: Fields;
  readonly terms: Terms;
  readonly lifetime: Lifetime;
  /** Milliseconds, now. */
  readonly age: number;
  /** When its origin made it. */
  readonly date: number;
}

/**
 * All that the rules ask of a stored response.
 *
 * @example
 * const { age, lifetime } = assess(stored, DEFAULT_RULES, stored.responseTime + 5000);
 * age; // 5000
 */
export function assess(stored: Stored, rules: Rules, now: number): Assessment {
  const fields = fieldsOf(stored.lines);
  const terms = termsOf(fields, rules.targets);
  const { status, responseTime } = stored;
  const date = dateOf(fields, responseTime);
  const lifetime = lifetimeOf({ status, fields, terms, responseTime, date, uri: uriOf(stored.key) }, rules);
  const age = currentAge(initialAge(fields, stored, date), responseTime, now);
  return { stored, fields, terms, lifetime, age, date };
}

/**
 * The URI in a key.
 *
 * @example
 * uriOf("http://localhost/a accept=b"); // "http://localhost/a"
 */
export function uriOf(key: string): string {
  const space = key.indexOf(" ");
  return space < 0 ? key : key.slice(0, space);
}

/**
 * "response_is_fresh = (freshness_lifetime > current_age)" – §4.2.
 *
 * @example
 * isFresh(assess(stored, DEFAULT_RULES, stored.responseTime + 5000)); // true
 */
export const isFresh = ({ lifetime, age }: Aging): boolean => lifetime.ms > age;

/**
 * Whole seconds for which it is fresh; below 0 where it is stale (the `ttl` of RFC 9211 §2.3).
 *
 * @example
 * ttlOf({ lifetime: { ms: 60_000 }, age: 5000 }); // 55
 */
export const ttlOf = ({ lifetime, age }: Aging): number => Math.floor((lifetime.ms - age) / 1000);

interface Aging {
  readonly lifetime: Pick<Lifetime, "ms">;
  readonly age: number;
}
