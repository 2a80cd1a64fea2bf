/** Partial content (RFC 9111 §3.3 and §3.4): stored, joined, completed; and never taken for the whole. */

import type { Answer, Case, Step, Wanted } from "../case.ts";
import type { Kind } from "../finding.ts";

const DIGITS = "0123456789";
const LETTERS = "abcdefghij";

const representation = (body: string, etag: string | undefined): Answer => ({
  fields: { "cache-control": "max-age=60", "accept-ranges": "bytes", ...(etag !== undefined && { etag }) },
  body,
  hasRanges: true,
});
const first = representation(DIGITS, '"v1"');
const changed = representation(LETTERS, '"v2"');

/** These bytes, and nothing else. */
function part(range: string, body: string | RegExp, then: Step = {}): Step {
  return { asks: { range: `bytes=${range}` }, status: 206, body, ...then };
}
const whole = (then: Step = {}): Step => ({ status: 200, body: DIGITS, ...then });
/** Who fetches the whole at once, and keeps that, may go on with it: but all bytes must be of one representation. */
const ONE = { whole: /^(0123456789|abcdefghij)$/, rest: /^(56789|fghij)$/ };
const contentRange = (range: string): Wanted => ({ "content-range": `bytes ${range}/10` });

const stage = (kind: Kind, id: string, name: string, ...[beginning, ...steps]: [Step, ...Step[]]): Case => ({
  ...{ id: `part-${id}`, name, kind, steps: [{ answer: first, ...beginning }, ...steps] },
  rule: id.startsWith("if-range") ? "RFC 9110 §13.1.5" : "RFC 9111 §3.4",
});

export const parts: readonly Case[] = [
  stage(
    "optimal",
    "again",
    "a part is stored and used again",
    part("0-4", "01234"),
    part("0-4", "01234", { from: "cache", fields: contentRange("0-4") }),
  ),
  stage(
    "optimal",
    "within",
    "a part answers for what is within it",
    part("0-4", "01234"),
    part("1-2", "12", { from: "cache", fields: contentRange("1-2") }),
  ),
  stage(
    "optimal",
    "suffix",
    "a part answers for the last bytes, once the length is known",
    part("5-9", "56789"),
    part("-2", "89", { from: "cache", fields: contentRange("8-9") }),
  ),
  stage("required", "not-whole", "a part is not taken for the whole", part("0-4", "01234"), whole()),
  stage(
    "optimal",
    "completed",
    "of a whole only the rest is asked for",
    part("0-4", "01234"),
    whole({ saw: { range: /^bytes=5-9?$/ } }),
  ),
  stage(
    "optimal",
    "completed-stored",
    "what was completed is stored as a whole",
    part("0-4", "01234"),
    whole({ saw: { range: /^bytes=5-9?$/ } }),
    whole({ from: "cache" }),
  ),
  stage(
    "optimal",
    "joined",
    "two parts make a whole",
    part("0-4", "01234"),
    part("5-9", "56789"),
    whole({ from: "cache" }),
  ),
  stage(
    "optimal",
    "overlap",
    "parts may overlap",
    part("0-5", "012345"),
    part("3-9", "3456789"),
    part("2-8", "2345678", { from: "cache", fields: contentRange("2-8") }),
  ),
  stage(
    "optimal",
    "gap",
    "only the gap between two parts is asked for",
    part("0-2", "012"),
    part("7-9", "789"),
    part("0-9", DIGITS, { saw: { range: "bytes=3-6" } }),
  ),
  stage(
    "required",
    "beyond",
    "what a part lacks is asked for",
    part("0-4", "01234"),
    part("3-7", "34567", { fields: contentRange("3-7") }),
  ),
  stage(
    "required",
    "other-etag",
    "parts with different strong validators are not joined",
    part("0-4", "01234"),
    part("5-9", ONE.rest, { answer: changed }),
    whole({ body: ONE.whole }),
  ),
  stage(
    "required",
    "weak",
    "parts with a weak validator are not joined",
    part("0-4", "01234", { answer: representation(DIGITS, 'W/"v1"') }),
    part("5-9", ONE.rest, { answer: representation(LETTERS, 'W/"v1"') }),
    whole({ body: ONE.whole }),
  ),
  stage(
    "required",
    "unvalidated",
    "parts without a validator are not joined",
    part("0-4", "01234", { answer: representation(DIGITS, undefined) }),
    part("5-9", ONE.rest, { answer: representation(LETTERS, undefined) }),
    whole({ body: ONE.whole }),
  ),
  stage(
    "required",
    "changed",
    "a part of what has changed is not completed with the new",
    part("0-4", "01234"),
    whole({ answer: changed, body: ONE.whole }),
  ),
  stage(
    "optimal",
    "broken-off",
    "a whole that broke off is completed",
    { answer: { ...first, hangsUp: "within" }, not: DIGITS },
    whole({ answer: first, saw: { range: /^bytes=5-9?$/ } }),
  ),
  stage(
    "optimal",
    "of-whole",
    "a whole answers for a part",
    whole(),
    part("2-4", "234", { from: "cache", fields: contentRange("2-4") }),
  ),
  stage("optimal", "several-of-whole", "a whole answers for several parts at once", whole(), {
    asks: { range: "bytes=0-1,8-9" },
    from: "cache",
    status: [200, 206],
    body: /01.*89/s,
  }),
  stage("optimal", "unsatisfiable", "a whole knows what lies beyond it", whole(), {
    asks: { range: "bytes=20-" },
    from: "cache",
    status: 416,
    fields: { "content-range": "bytes */10" },
  }),
  stage(
    "optimal",
    "if-range",
    "If-Range with the validator that is stored gives the part",
    whole(),
    part("0-1", "01", { asks: { "range": "bytes=0-1", "if-range": '"v1"' }, from: "cache" }),
  ),
  stage(
    "required",
    "if-range-other",
    "If-Range with another validator gives the whole",
    whole(),
    whole({ asks: { "range": "bytes=0-1", "if-range": '"v0"' } }),
  ),
];
