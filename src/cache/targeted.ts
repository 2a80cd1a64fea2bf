/** Cache-Control for some caches only, as structured fields (RFC 9213): CDN-Cache-Control and its like. */

import { type BareItem, type Dictionary, type Item, parseDictionary, Token } from "structured-headers";
import type { Fields } from "../http/fields.ts";
import { Directives } from "./directives.ts";

/** Directives, and the field that they come from. */
export interface Targeted {
  /** As it is named in the list of targets. */
  readonly field: string;
  readonly directives: Directives;
}

/**
 * The first field of the list that is there, valid and not empty; undefined where none is. `targets` are the names that
 * this cache listens to, the most applicable first (§2.2).
 *
 * @example
 * const fields = Fields.of({ "CDN-Cache-Control": "max-age=60" });
 * targetedIn(fields, ["CDN-Cache-Control"])?.directives.seconds("max-age"); // 60
 */
export function targetedIn(fields: Fields, targets: readonly string[]): Targeted | undefined {
  for (const field of targets) {
    const value = fields.get(field.toLowerCase());
    const directives = value === undefined ? undefined : directivesIn(value);
    if (directives !== undefined) return { field, directives };
  }
  return undefined;
}

/**
 * "If a targeted field in a given response is empty, or a parsing error is encountered, that field MUST be ignored by
 * the cache" – §2.1; and so it is where a value is of another type than its directive has ("SHOULD NOT consume").
 */
function directivesIn(value: string): Directives | undefined {
  const members = dictionaryIn(value);
  if (members === undefined) return undefined;
  const given = new Map<string, string | undefined>();
  for (const [name, [member]] of members) {
    // ?0: as if it were not there.
    if (member === false) continue;
    if (!isOfItsType(name, member)) return undefined;
    given.set(name, argumentOf(member));
  }
  return given.size === 0 ? undefined : new Directives(given);
}

function dictionaryIn(value: string): Dictionary | undefined {
  try {
    // To the parser 60.0 is as good as 60.
    return DECIMAL_SECONDS.test(value) ? undefined : parseDictionary(value);
  } catch {
    return undefined;
  }
}

/** Of directives that nobody knows, nobody knows the type. */
function isOfItsType(name: string, value: BareItem | Item[]): boolean {
  if (IN_SECONDS.has(name)) return Number.isInteger(value);
  if (NAMES_FIELDS.has(name)) return value === true || typeof value === "string" || value instanceof Token;
  return value === true || !IS_PLAIN.has(name);
}

function argumentOf(value: BareItem | Item[]): string | undefined {
  const isWord = typeof value === "string" || typeof value === "number" || value instanceof Token;
  return isWord ? value.toString() : undefined;
}

/** They must be integers: who coerces other values would "behave differently than other implementations" (§2.1). */
const IN_SECONDS: ReadonlySet<string> = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);
const DECIMAL_SECONDS = /(?:^|[ \t,])(?:max-age|s-maxage|stale-while-revalidate|stale-if-error)=-?\d+\./;

/** They are about all of a response, or some fields. */
const NAMES_FIELDS: ReadonlySet<string> = new Set(["no-cache", "private"]);

/** They say all with their name; so does immutable, but whatever else it says "MUST be ignored" (RFC 8246 §2). */
const IS_PLAIN: ReadonlySet<string> = new Set([
  ...["no-store", "must-revalidate", "proxy-revalidate", "public", "must-understand", "no-transform"],
]);
