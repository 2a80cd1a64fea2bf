/**
 * The answer that a stored response gives to a request: all of it, parts, or that nothing is new (RFC 9111 §4, §4.3.2).
 */

import { type Account, cacheStatus } from "../cache/account.ts";
import type { Assessment } from "../cache/assess.ts";
import { gaps } from "../cache/gaps.ts";
import { mayServeRange, precondition, type Validators } from "../http/conditions.ts";
import { parseDate } from "../http/dates.ts";
import type { Fields } from "../http/fields.ts";
import { isBodiless } from "../http/framing.ts";
import { type ByteRange, contentRange, parseRanges, unsatisfied } from "../http/ranges.ts";
import type { Answer } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { multipart } from "./byteranges.ts";
import { ChainedBody } from "./chained-body.ts";
import type { Source } from "./source.ts";
import type { Teller } from "./stored-answer.ts";

/** A request, as far as an answer depends on it. */
export interface Asking {
  readonly method: string;
  readonly fields: Fields;
}

/** What is selected of a response, by the request's conditions and ranges. */
export type Selected =
  | { readonly kind: "not modified" }
  | { readonly kind: "unsatisfiable"; readonly length: number }
  | { readonly kind: "ranges"; readonly ranges: readonly ByteRange[] }
  | { readonly kind: "whole" };

/**
 * What of a stored response a request asks for. Conditions and ranges are about a 200; of others there is only the
 * whole.
 *
 * @internal
 */
export function selected(asking: Asking, assessed: Assessment, length: number | undefined, now: number): Selected {
  const { method, fields } = asking;
  if (assessed.stored.status !== 200) return { kind: "whole" };
  if (fields.has("if-none-match") || fields.has("if-modified-since")) {
    if (precondition(method, fields, validatorsOf(assessed, fields), now) === "not modified")
      return { kind: "not modified" };
  }
  const range = method === "GET" ? fields.get("range") : undefined;
  if (range === undefined || length === undefined || !mayServeRange(fields, validatorsOf(assessed), now)) {
    return { kind: "whole" };
  }
  const ranges = parseRanges(range, length);
  if (ranges === "unsatisfiable") return { kind: "unsatisfiable", length };
  return ranges === undefined ? { kind: "whole" } : { kind: "ranges", ranges };
}

/**
 * "If a request contains an If-Modified-Since header field and the Last-Modified header field is not present in a
 * stored response, a cache SHOULD use the stored response's Date field value" – §4.3.2; but not for a range, whose date
 * must be exact.
 */
function validatorsOf({ fields, date }: Assessment, asked?: Fields): Validators {
  const modified = fields.get("last-modified");
  const lastModified = modified === undefined ? undefined : parseDate(modified, date);
  const stand = asked?.has("if-modified-since") === true ? date : undefined;
  return { etag: fields.get("etag"), lastModified: lastModified ?? stand };
}

/** How many bytes there are, and which of them are here; undefined where it is all of them. */
export interface Here {
  readonly length: number;
  readonly ranges: readonly ByteRange[] | undefined;
}

/**
 * Whether the bytes that are here are all that a request needs.
 *
 * @internal
 */
export function suffices(asking: Asking, assessed: Assessment, content: Here, now: number): boolean {
  const { ranges: here, length } = content;
  if (here === undefined || asking.method === "HEAD") return true;
  const what = selected(asking, assessed, length, now);
  if (what.kind === "not modified" || what.kind === "unsatisfiable") return true;
  const wanted = what.kind === "ranges" ? what.ranges : [{ first: 0, last: length - 1 }];
  return wanted.every((range) => gaps(range, here).length === 0);
}

/**
 * The answer. `account` tells how it came about. Of what is on its way several ranges cannot be had one after the
 * other: who wants those gets the whole.
 *
 * @internal
 */
export function answerFrom(
  asking: Asking,
  assessed: Assessment,
  source: Source,
  account: Account,
  teller: Teller,
): Answer {
  const { stored, fields: said } = assessed;
  const now = teller.clock.date();
  const what = selected(asking, assessed, source.length, now);
  const tell = (fields: Fields): Fields => told(fields, assessed.age, account, teller);
  if (what.kind === "not modified")
    return { status: 304, fields: tell(said.only(goesWith304)), account: () => account };
  if (what.kind === "unsatisfiable") {
    const page = statusPage(416, asking, `It has ${what.length} bytes`);
    page.fields.set("Content-Range", unsatisfied(what.length)).append("Accept-Ranges", "bytes");
    return { ...page, fields: tell(page.fields), account: () => account };
  }
  const { reason } = stored;
  if (what.kind === "ranges" && (what.ranges.length === 1 || source.isLive !== true)) {
    return { ...ranged(what.ranges, tell(said.copy()), source), account: () => account };
  }
  if (source.range !== undefined) throw new TypeError("Cannot answer: a part is not the whole");
  const fields = tell(said.copy());
  if (isBodiless(asking.method, stored.status)) {
    if (source.length !== undefined && stored.status !== 204 && stored.status !== 304)
      fields.set("Content-Length", String(source.length));
    return { status: stored.status, reason, fields, account: () => account };
  }
  return { status: stored.status, reason, fields, body: source.whole(), account: () => account };
}

function ranged(ranges: readonly ByteRange[], fields: Fields, source: Source): Answer {
  const length = source.length!;
  if (ranges.length === 1) {
    const [range] = ranges as readonly [ByteRange];
    fields.set("Content-Range", contentRange(range, length));
    return { status: 206, fields, body: source.part(range) };
  }
  const message = multipart(ranges, fields.get("content-type") ?? "application/octet-stream", length);
  const pieces = message.parts.map((part) => (part instanceof Uint8Array ? part : source.part(part)));
  const body = new ChainedBody(pieces, message.length);
  return { status: 206, fields: fields.set("Content-Type", message.type), body };
}

/**
 * "The server generating a 304 response MUST generate any of the following header fields that would have been sent in a
 * 200 (OK) response to the same request: Content-Location, Date, ETag, and Vary; Cache-Control and Expires" – RFC 9110
 * §15.4.5. Who passed it on goes along, too, and what is meant for other caches.
 */
const goesWith304 = (name: string): boolean => GOES_WITH_304.has(name.toLowerCase()) || /-cache-control$/i.test(name);

const GOES_WITH_304: ReadonlySet<string> = new Set([
  ...["cache-control", "content-location", "date", "etag", "expires", "vary", "last-modified"],
  ...["via", "cache-status", "cache-groups"],
]);

/**
 * With the age, and what this cache has to tell.
 *
 * @internal
 */
export function told(fields: Fields, age: number, account: Account, { name, telling }: Teller): Fields {
  fields.set("Age", String(Math.floor(age / 1000)));
  if (telling !== "none") fields.append("Cache-Status", cacheStatus(account, name, telling));
  return fields;
}

/**
 * An answer as it came, with what this cache has to tell of it. One that was made here in place of another stays as it
 * is, and so does what is no message of ours to change.
 *
 * @internal
 */
export function toldAnswer(answer: Answer, account: Account, { name, telling }: Teller): Answer {
  // Some are objects with a life of their own, so what they say is copied by name.
  const { status, reason, fields, body, raw, tunnel, failure } = answer;
  const isAsItIs = telling === "none" || failure !== undefined || raw === true || tunnel !== undefined;
  const copy = fields.copy();
  return {
    status,
    reason,
    fields: isAsItIs ? copy : copy.append("Cache-Status", cacheStatus(account, name, telling)),
    body,
    failure,
    account: () => account,
    ...(raw === undefined ? undefined : { raw }),
    ...(tunnel === undefined ? undefined : { tunnel }),
  };
}
