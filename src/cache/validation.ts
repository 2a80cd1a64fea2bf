/** Asking whether what is stored is still good, and what the answer means (RFC 9111 §4.3). */

import { isEntityTag, parseEntityTags, sameStrongly, sameWeakly } from "../http/etags.ts";
import type { Fields } from "../http/fields.ts";
import type { Assessment } from "./assess.ts";
import { mostRecent } from "./choose.ts";
import { matches } from "./vary.ts";

/**
 * Makes a request a conditional one, about these stored responses (§4.3.1): all their entity tags, together with those
 * that the client asks about itself (§4.3.2); the date of change where it is about one alone. A part's tag does not go
 * along, since "not modified" would leave us with a part. Says whether there is anything to ask by. `fields` are
 * changed.
 *
 * @example
 * const fields = new Fields();
 * makeConditional(fields, [assess(stored, DEFAULT_RULES, 0)]); // true
 * fields.get("if-none-match"); // '"v1"'
 */
export function makeConditional(fields: Fields, candidates: readonly Assessment[]): boolean {
  const whole = candidates.filter(({ stored }) => stored.content.ranges === undefined);
  const tags = whole.map((one) => one.fields.get("etag")).filter((tag) => tag !== undefined);
  const [only] = whole;
  const modified = whole.length === 1 ? only!.fields.get("last-modified") : undefined;
  if (tags.length === 0 && modified === undefined) return false;

  const own = fields.get("if-none-match");
  const ownTags = own === undefined ? [] : parseEntityTags(own);
  fields.delete("if-none-match").delete("if-modified-since");
  // What cannot be read, or is "*", is not a list that could be joined to ours: ours alone will tell.
  const union = new Set([...tags, ...(Array.isArray(ownTags) ? ownTags : [])]);
  if (tags.length > 0) fields.append("If-None-Match", [...union].join(", "));
  if (modified !== undefined) fields.append("If-Modified-Since", modified);
  return true;
}

/**
 * Which of the stored responses a 304 is about (§4.3.4): by its strong validator, else by a weak one, else the only one
 * there is. `asked` are the fields of the request that it answers.
 *
 * @example
 * const newer = Fields.of({ ETag: '"v1"' });
 * freshened([assess(stored, DEFAULT_RULES, 0)], newer, new Fields()).length; // 1
 */
export function freshened(candidates: readonly Assessment[], newer: Fields, asked: Fields): readonly Assessment[] {
  const etag = newer.get("etag");
  const modified = newer.get("last-modified");
  if (etag !== undefined && isEntityTag(etag) && !etag.startsWith("W/")) {
    // "each of those strong validators identifies a selected representation for update". The RFC looks only among those
    // that fit the request; but a tag names one state of one representation, whoever asked for it.
    return candidates.filter((one) => sameStrongly(one.fields.get("etag") ?? "", etag));
  }
  // "The initial set of stored responses to update are those that could have been chosen for that request".
  const initial = candidates.filter(({ stored }) => matches(stored.selecting, asked));
  if (etag !== undefined || modified !== undefined) {
    const best = mostRecent(initial.filter(({ fields }) => bears(fields, etag, modified)));
    return best === undefined ? [] : [best];
  }
  // Then it is about what was asked about, if that was one alone. The RFC wants that to lack a validator as well; but
  // servers that leave theirs out of a 304 are many, though they ought to send it (RFC 9110 §15.4.5).
  if (candidates.length === 1) return candidates;
  return initial.length === 1 ? initial : [];
}

/** Whether a stored response has the weak validator that a 304 names. */
function bears(fields: Fields, etag: string | undefined, modified: string | undefined): boolean {
  if (etag === undefined) return fields.get("last-modified") === modified;
  const own = fields.get("etag");
  return own !== undefined && sameWeakly(own, etag);
}

/**
 * What the answer to a HEAD tells about a stored response to GET (§4.3.5): that it may be updated; or that it is
 * another one now, and so stale.
 *
 * @example
 * headTells(assess(stored, DEFAULT_RULES, 0), Fields.of({ ETag: '"v2"' })); // "outdated"
 */
export function headTells({ fields, stored }: Assessment, head: Fields): "current" | "outdated" {
  for (const validator of ["etag", "last-modified"]) {
    const said = head.get(validator);
    if (said !== undefined && said !== fields.get(validator)) return "outdated";
  }
  const length = head.get("content-length");
  return length === undefined || Number(length) === stored.content.length ? "current" : "outdated";
}
