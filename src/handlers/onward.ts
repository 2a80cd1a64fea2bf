/**
 * A request as it goes on to its server: with conditions about what is stored, or for more than was asked for (RFC 9111
 * §4.3.1).
 */

import { isForOrigin } from "../cache/asked.ts";
import type { Assessment } from "../cache/assess.ts";
import { makeConditional } from "../cache/validation.ts";
import { parseDate } from "../http/dates.ts";
import { parseEntityTags, sameWeakly } from "../http/etags.ts";
import type { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import type { Journey } from "./means.ts";
import { type RangeMiss, sliced } from "./range-miss.ts";

export interface Onward {
  readonly request: Request;
  /** Which stored responses it asks about. */
  readonly about: readonly Assessment[];
  /** It asks for more than the client wants, so that what comes must be cut to that. */
  readonly isCut: boolean;
}

/** The server is not asked about more variants than this at a time: each is a tag in the request. */
const MOST_VARIANTS = 16;

/**
 * The request that goes on in place of the client's.
 *
 * @example
 * const decision = { do: "ask", fwd: "uri-miss", chosen: undefined, candidates: [], because: [] } as const;
 * const past = { hasFailed: false, wasParted: false, isAlone: false };
 * onward({ request, key: "", uri: "", decision, past }, "pass").request === request; // true
 */
export function onward({ request, decision }: Journey, rangeMiss: RangeMiss): Onward {
  const { chosen, candidates, fwd } = decision;
  const slice = sliced(request, decision, rangeMiss);
  if (slice !== undefined) {
    const fields = request.fields.copy().delete("range").delete("if-range");
    if (slice !== "whole") fields.append("Range", slice);
    return { request: { ...request, fields }, about: [], isCut: true };
  }
  if (fwd === "partial" || isForOrigin(request.fields)) return asItIs(request);
  const about = (chosen === undefined ? candidates : [chosen]).filter(isWhole).slice(0, MOST_VARIANTS);
  const isRange = request.fields.has("range");
  const fields = request.fields.copy();
  if (about.length === 0 || (isRange && chosen === undefined) || !makeConditional(fields, about))
    return asItIs(request);
  // A part of something newer would be no use: what is stored is whole.
  if (isRange) fields.delete("range").delete("if-range");
  return { request: { ...request, fields }, about, isCut: isRange };
}

const isWhole = ({ stored }: Assessment): boolean => stored.content.ranges === undefined;

/**
 * The client's own, with all its conditions.
 *
 * @example
 * asItIs(request).about; // []
 */
export const asItIs = (request: Request): Onward => ({ request, about: [], isCut: false });

/**
 * The client's own, without its conditions on what it has: all of it is wanted.
 *
 * @example
 * const asked = { ...request, fields: Fields.of({ "If-None-Match": '"a"', Accept: "b" }) };
 * unconditional(asked).request.fields.print(); // "Accept: b\r\n"
 */
export function unconditional(request: Request): Onward {
  const fields = request.fields.copy().delete("if-none-match").delete("if-modified-since");
  return asItIs({ ...request, fields });
}

/**
 * Whether a 304 that is not about what is stored is about what the client has itself.
 *
 * @example
 * isForClient(Fields.of({ "If-None-Match": '"a", "b"' }), Fields.of({ ETag: '"b"' }), Date.now()); // true
 */
export function isForClient(asked: Fields, answer: Fields, now: number): boolean {
  const tags = asked.get("if-none-match");
  if (tags === undefined) {
    // Our own date went out in place of the client's.
    const modified = parseDate(answer.get("last-modified") ?? "", now);
    const since = parseDate(asked.get("if-modified-since") ?? "", now);
    return modified !== undefined && since !== undefined && modified <= since;
  }
  const etag = answer.get("etag");
  const parsed = parseEntityTags(tags);
  return parsed === "*" || (etag !== undefined && parsed?.some((tag) => sameWeakly(tag, etag)) === true);
}

/** What only the client's own copy is about, or only what it wishes. */
const OF_THE_CLIENT: ReadonlySet<string> = new Set([
  ...["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"],
  ...["cache-control", "pragma"],
]);

/**
 * A request as a cache asks for itself.
 *
 * @example
 * const asked = { ...request, method: "HEAD", fields: Fields.of({ Range: "bytes=0-", Accept: "b" }) };
 * forOurselves(asked).fields.print(); // "Accept: b\r\n"
 */
export const forOurselves = (request: Request): Request => ({
  ...request,
  method: "GET",
  fields: request.fields.only((name) => !OF_THE_CLIENT.has(name.toLowerCase())),
});
