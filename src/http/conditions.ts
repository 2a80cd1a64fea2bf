/**
 * Conditional requests: is what the client has, or believes to be there, still so? (RFC 9110 §13)
 *
 * `precondition` walks the order of §13.2.2 and nothing else; each field has a small function
 * of its own, which says true, false, or undefined where it does not apply.
 */

import { parseDate } from "./dates.ts";
import { isEntityTag, parseEntityTags, sameStrongly, sameWeakly } from "./etags.ts";
import type { Fields } from "./fields.ts";

/** How to recognise the representation that would be selected now. */
export interface Validators {
  readonly etag?: string | undefined;
  /** Milliseconds since 1970 UTC; parts of a second do not count, since HTTP dates know none. */
  readonly lastModified?: number | undefined;
}

export type Verdict = "go on" | "not modified" | "precondition failed";

/** "a request method that does not involve the selection or modification of a selected representation" (§13.2.1) */
const UNCONDITIONAL: ReadonlySet<string> = new Set(["CONNECT", "OPTIONS", "TRACE"]);

/**
 * What to do with a request that would succeed without its conditions: go on, answer 304, or answer 412.
 * `current` is undefined where there is no representation (yet); `now` is in milliseconds since 1970 UTC.
 *
 * A list of tags that cannot be read fails on the safe side: nothing is changed, and who reads gets all.
 * A date that cannot be read does not count (§13.1.3, §13.1.4).
 *
 * @example
 * const fields = Fields.of({ "If-None-Match": '"v2"' });
 * precondition("GET", fields, { etag: '"v2"' }, Date.now()); // "not modified"
 */
export function precondition(method: string, fields: Fields, current: Validators | undefined, now: number): Verdict {
  if (UNCONDITIONAL.has(method)) return "go on";
  const reading = method === "GET" || method === "HEAD";

  // Steps 1 and 2: the client wants to act only on what it knows.
  if ((ifMatch(fields, current) ?? ifUnmodifiedSince(fields, current, now)) === false) return "precondition failed";

  // Steps 3 and 4: the client wants to act only on what is new to it.
  const isNew = ifNoneMatch(fields, current, reading) ?? (reading ? ifModifiedSince(fields, current, now) : undefined);
  if (isNew === false) return reading ? "not modified" : "precondition failed";

  return "go on";
}

/**
 * Step 5: whether a Range field counts, which it does without an If-Range, or where that names exactly what is here.
 * A date does so only if its second is over: before, the next change might bear the same date (§8.8.2.2).
 *
 * @example
 * mayServeRange(Fields.of({ "If-Range": '"v1"' }), { etag: '"v2"' }, Date.now()); // false
 */
export function mayServeRange(fields: Fields, current: Validators, now: number): boolean {
  const value = fields.get("if-range");
  if (value === undefined) return true;
  if (isEntityTag(value)) return current.etag !== undefined && sameStrongly(value, current.etag);
  const date = parseDate(value, now);
  const modified = lastModified(current);
  return date !== undefined && date === modified && modified + 1000 <= now;
}

function ifMatch(fields: Fields, current: Validators | undefined): boolean | undefined {
  const value = fields.get("if-match");
  if (value === undefined) return undefined;
  const tags = parseEntityTags(value);
  if (tags === "*") return current !== undefined;
  const etag = current?.etag;
  if (tags === undefined || etag === undefined) return false;
  return tags.some((tag) => sameStrongly(tag, etag));
}

function ifUnmodifiedSince(fields: Fields, current: Validators | undefined, now: number): boolean | undefined {
  const value = fields.get("if-unmodified-since");
  if (value === undefined) return undefined;
  const since = parseDate(value, now);
  const modified = lastModified(current);
  return since === undefined || modified === undefined ? undefined : modified <= since;
}

function ifNoneMatch(fields: Fields, current: Validators | undefined, reading: boolean): boolean | undefined {
  const value = fields.get("if-none-match");
  if (value === undefined) return undefined;
  const tags = parseEntityTags(value);
  if (tags === undefined) return reading;
  if (tags === "*") return current === undefined;
  const etag = current?.etag;
  return etag === undefined || !tags.some((tag) => sameWeakly(tag, etag));
}

function ifModifiedSince(fields: Fields, current: Validators | undefined, now: number): boolean | undefined {
  const value = fields.get("if-modified-since");
  if (value === undefined) return undefined;
  const since = parseDate(value, now);
  const modified = lastModified(current);
  return since === undefined || modified === undefined ? undefined : modified > since;
}

/** In whole seconds, still as milliseconds. */
function lastModified(current: Validators | undefined): number | undefined {
  const ms = current?.lastModified;
  return ms === undefined ? undefined : Math.floor(ms / 1000) * 1000;
}
