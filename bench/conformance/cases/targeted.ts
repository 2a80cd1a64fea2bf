/** Cache-Control for some caches only (RFC 9213), by the one such field that is registered. */

import type { Case, Fields, Step } from "../case.ts";
import type { Kind } from "../finding.ts";

/** More than two seconds, since a cache may count whole ones. */
const LATER = 2200;

/** Stored or not, and the same question again. */
function twice(kind: Kind, id: string, name: string, rule: string, fields: Fields, then: Step): Case {
  const first: Step = { answer: { fields, body: "first" }, status: 200, body: "first" };
  const second: Step = {
    answer: { fields, body: "second" },
    body: then.from === "cache" ? "first" : "second",
    status: 200,
    ...then,
  };
  return { id: `targeted-${id}`, name, rule: `RFC 9213 ${rule}`, kind, steps: [first, second] };
}

const reused = (...[id, name, rule, fields, then]: [string, string, string, Fields, Step?]): Case =>
  twice("optimal", id, name, rule, fields, { from: "cache", ...then });
const askedAgain = (...[id, name, rule, fields, then]: [string, string, string, Fields, Step?]): Case =>
  twice("required", id, name, rule, fields, { from: "origin", ...then });

export const targeted: readonly Case[] = [
  reused("fresh", "what CDN-Cache-Control lets be stored is, though Cache-Control forbids it", "§2.2", {
    "cdn-cache-control": "max-age=60",
    "cache-control": "no-store",
  }),
  askedAgain("no-store", "what CDN-Cache-Control forbids is not stored, though Cache-Control allows it", "§2.2", {
    "cdn-cache-control": "no-store",
    "cache-control": "max-age=60",
  }),
  askedAgain("private", "private in CDN-Cache-Control holds for a shared cache", "§2.2", {
    "cdn-cache-control": "private",
    "cache-control": "max-age=60",
  }),
  askedAgain("no-cache", "no-cache in CDN-Cache-Control holds", "§2.2", {
    "cdn-cache-control": "no-cache, max-age=60",
    "cache-control": "max-age=60",
  }),
  askedAgain(
    "shorter",
    "a short max-age in CDN-Cache-Control beats a long s-maxage",
    "§2.2",
    { "cdn-cache-control": "max-age=1", "cache-control": "s-maxage=60" },
    { after: LATER },
  ),
  reused(
    "longer",
    "a long max-age in CDN-Cache-Control beats a short s-maxage",
    "§2.2",
    { "cdn-cache-control": "max-age=60", "cache-control": "s-maxage=1, max-age=1" },
    { after: LATER },
  ),
  reused("expires-past", "Expires is ignored where there is CDN-Cache-Control", "§2.2", {
    "cdn-cache-control": "max-age=60",
    "expires": "Sat, 01 Jan 2000 00:00:00 GMT",
  }),
  askedAgain("expires-future", "Expires is ignored where CDN-Cache-Control says 0", "§2.2", {
    "cdn-cache-control": "max-age=0",
    "expires": "Fri, 01 Jan 2100 00:00:00 GMT",
  }),
  askedAgain("age", "Age counts against max-age in CDN-Cache-Control", "§2.2", {
    "cdn-cache-control": "max-age=60",
    "age": "100",
  }),
  reused("empty", "an empty CDN-Cache-Control is as if it were not there", "§2.1", {
    "cdn-cache-control": "",
    "cache-control": "max-age=60",
  }),
  askedAgain("broken", "a CDN-Cache-Control that cannot be parsed lets nothing be stored", "§2.1", {
    "cdn-cache-control": "max-age=60, =",
    "cache-control": "no-store",
  }),
  reused("broken-no-store", "a CDN-Cache-Control that cannot be parsed forbids nothing", "§2.1", {
    "cdn-cache-control": "no-store, ;",
    "cache-control": "max-age=60",
  }),
  askedAgain("upper-case", "a key in upper case cannot be parsed", "§2.1", {
    "cdn-cache-control": "Max-Age=60",
    "cache-control": "no-store",
  }),
  askedAgain("string", "a max-age that is a string is not understood", "§2.1", {
    "cdn-cache-control": 'max-age="60"',
    "cache-control": "no-store",
  }),
  askedAgain("decimal", "a max-age that is a decimal is not understood", "§2.1", {
    "cdn-cache-control": "max-age=60.5",
    "cache-control": "no-store",
  }),
  reused("parameter", "parameters of a directive are ignored", "§2.1", {
    "cdn-cache-control": "max-age=60;reason=menu",
    "cache-control": "no-store",
  }),
  reused("extension", "directives that nobody knows are ignored", "§2.2", {
    "cdn-cache-control": "breakfast, max-age=60",
    "cache-control": "no-store",
  }),
  reused("lines", "two lines of CDN-Cache-Control are one", "§2.1", {
    "cdn-cache-control": ["must-revalidate", "max-age=60"],
    "cache-control": "no-store",
  }),
  reused(
    "last",
    "of two values for one key the last one counts",
    "§2.1",
    { "cdn-cache-control": "max-age=1, max-age=60", "cache-control": "no-store" },
    { after: LATER },
  ),
  reused(
    "stranger",
    "a field for other caches changes nothing, and is passed on",
    "§2.2",
    { "other-cdn-cache-control": "no-store", "cache-control": "max-age=60" },
    { fields: { "other-cdn-cache-control": "no-store" } },
  ),
  {
    id: "targeted-stale-while-revalidate",
    name: "stale-while-revalidate in CDN-Cache-Control holds",
    rule: "RFC 9213 §2.2",
    kind: "optimal",
    steps: [
      {
        answer: { fields: { "cdn-cache-control": "max-age=1, stale-while-revalidate=60" }, body: "first" },
        body: "first",
      },
      { after: LATER, answer: { body: "second" }, body: "first" },
    ],
  },
  {
    id: "targeted-must-revalidate",
    name: "must-revalidate in CDN-Cache-Control holds when the origin is gone",
    rule: "RFC 9213 §2.2",
    kind: "required",
    steps: [
      { answer: { fields: { "cdn-cache-control": "max-age=1, must-revalidate" }, body: "first" }, body: "first" },
      { after: LATER, answer: { hangsUp: "at once" }, not: "first" },
    ],
  },
  {
    id: "targeted-passed-on",
    name: "CDN-Cache-Control is passed on",
    rule: "RFC 9213 §3",
    kind: "check",
    steps: [
      {
        answer: { fields: { "cdn-cache-control": "max-age=60" }, body: "first" },
        fields: { "cdn-cache-control": "max-age=60" },
      },
    ],
  },
];
