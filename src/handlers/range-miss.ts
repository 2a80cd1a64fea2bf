/**
 * What is asked for where a range is wanted of which nothing is stored: that, or more, for those who come later (RFC
 * 9111 §3.3).
 */

import type { Decision } from "../cache/decide.ts";
import type { Request } from "../http/message.ts";
import { type ByteRange, parseRanges } from "../http/ranges.ts";

/** The range as it is; all of it; or whole slices of so many bytes. */
export type RangeMiss = "pass" | "whole" | number;

/** What to ask for instead: everything, or the value of a Range field. */
export type Sliced = "whole" | string;

/**
 * What is asked for instead of a request's range; undefined where it goes on as it is. Slices are for a single range
 * with a known beginning: of a suffix nobody knows yet where it begins.
 *
 * @example
 * const asked = { ...request, fields: Fields.of({ Range: "bytes=1500-1600" }) };
 * const decision = { do: "ask", fwd: "uri-miss", chosen: undefined, candidates: [], because: [] } as const;
 * sliced(asked, decision, 1024); // "bytes=1024-2047"
 */
export function sliced(
  request: Request,
  decision: Extract<Decision, { do: "ask" }>,
  rangeMiss: RangeMiss,
): Sliced | undefined {
  const range = request.method === "GET" ? request.fields.get("range") : undefined;
  if (range === undefined || rangeMiss === "pass" || !/^bytes=/i.test(range)) return undefined;
  // Where there is something stored it is asked about as a whole.
  if (decision.chosen !== undefined && decision.fwd !== "partial") return undefined;
  if (rangeMiss === "whole") return "whole";
  // Whether it is a part or the whole then that is wanted, only the server can tell.
  if (request.fields.has("if-range")) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})?$/i.exec(range) ?? [];
  if (first === undefined) return undefined;
  const from = Math.floor(Number(first) / rangeMiss) * rangeMiss;
  // To the end it is, whatever the slices.
  if (last === undefined) return `bytes=${from}-`;
  if (Number(last) < Number(first)) return undefined;
  return `bytes=${from}-${(Math.floor(Number(last) / rangeMiss) + 1) * rangeMiss - 1}`;
}

/**
 * Whether a part that came has all that a Range field asks for.
 *
 * @example
 * covers({ first: 1024, last: 2047, length: 5000 }, "bytes=1500-1600"); // true
 */
export function covers(part: ByteRange & { readonly length: number }, range: string): boolean {
  const wanted = parseRanges(range, part.length);
  if (wanted === "unsatisfiable") return true;
  return wanted?.every(({ first, last }) => first >= part.first && last <= part.last) === true;
}
