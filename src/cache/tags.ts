/** The names by which responses can be purged together: Surrogate-Key, Cache-Tag, Cache-Groups (RFC 9875 §2). */

import type { Fields } from "../http/fields.ts";
import { elements } from "../http/grammar.ts";
import { stringsIn } from "./structured.ts";

const NONE: readonly string[] = Object.freeze([]);

/**
 * The tags of a response: those of Surrogate-Key are parted by spaces, those of Cache-Tag by commas.
 *
 * @example
 * tagsOf(Fields.of({ "Surrogate-Key": "menu day-1", "Cache-Tag": "menu, lunch" })); // ["menu", "day-1", "lunch"]
 */
export function tagsOf(fields: Fields): readonly string[] {
  if (!fields.has("surrogate-key") && !fields.has("cache-tag")) return NONE;
  const keys = fields.get("surrogate-key")?.split(/[\s,]+/) ?? [];
  return [...new Set([...keys, ...elements(fields.get("cache-tag"))])].filter((tag) => tag !== "");
}

/**
 * The groups of a response, of which its origin may say that they are invalid.
 *
 * @example
 * groupsOf(Fields.of({ "Cache-Groups": '"scripts"' })); // ["scripts"]
 */
export function groupsOf(fields: Fields): readonly string[] {
  return fields.has("cache-groups") ? stringsIn(fields.get("cache-groups")) : NONE;
}
