/** How old a response is: since it was made, or last found valid, by its origin (RFC 9111 §4.2.3). */

import { parseDate } from "../http/dates.ts";
import type { Fields } from "../http/fields.ts";
import { quotedElements } from "../http/lists.ts";
import { deltaSeconds } from "./directives.ts";

/** When a response was asked for and came; milliseconds since 1970 UTC. */
export interface Times {
  readonly requestTime: number;
  readonly responseTime: number;
}

/**
 * What an Age field says, in seconds. "a cache encountering a message with a list-based Age field value SHOULD use the
 * first member … If the field value … is invalid …, a cache SHOULD ignore the field" – §5.1; so 0 then, too.
 *
 * @example
 * ageValue(Fields.of({ Age: "30, 60" })); // 30
 */
export function ageValue(fields: Fields): number {
  const value = fields.get("age");
  return value === undefined ? 0 : (deltaSeconds(quotedElements(value)[0]) ?? 0);
}

/**
 * When its origin made it, by its Date, of several by the first; by our clock, in whole seconds as well, where that
 * says nothing one could read.
 *
 * @example
 * dateOf(Fields.of({ Date: "Sun, 06 Nov 1994 08:49:37 GMT" }), Date.now()); // 784111777000
 */
export function dateOf(fields: Fields, responseTime: number): number {
  const [first] = fields.has("date") ? fields.all("date") : [];
  return (first === undefined ? undefined : parseDate(first, responseTime)) ?? wholeSeconds(responseTime);
}

/**
 * How old it was when it came, in milliseconds: corrected_initial_age, the more conservative of the two ways to tell.
 * The apparent age counts whole seconds, since Date knows no others. `date`: its `dateOf`, for who knows that already.
 *
 * @example
 * const times = { requestTime: 784111780000, responseTime: 784111781500 };
 * initialAge(Fields.of({ Date: "Sun, 06 Nov 1994 08:49:37 GMT" }), times); // 4000
 */
export function initialAge(
  fields: Fields,
  { requestTime, responseTime }: Times,
  date = dateOf(fields, responseTime),
): number {
  const apparent = Math.max(0, wholeSeconds(responseTime) - date);
  const corrected = ageValue(fields) * 1000 + Math.max(0, responseTime - requestTime);
  return Math.max(apparent, corrected);
}

/**
 * How old it is now: what it was, and how long it has been here. A clock that was set back makes nothing younger than
 * it came.
 *
 * @example
 * currentAge(4000, 784111781500, 784111791500); // 14000
 */
export const currentAge = (initial: number, responseTime: number, now: number): number =>
  initial + Math.max(0, now - responseTime);

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
