/** Stale answers: where they may be used (RFC 5861), and where not (RFC 9111 §4.2.4). */

import type { Answer, Case, Step } from "../case.ts";
import type { Kind } from "../finding.ts";

/** Stale after one second, and more. */
const LATER = 2200;
/** More than two seconds stale. */
const MUCH_LATER = 3500;

const old = (directives: string, fields = {}): Step => ({
  answer: { fields: { "cache-control": directives, ...fields }, body: "old" },
  status: 200,
  body: "old",
});
const renewed: Answer = { fields: { "cache-control": "max-age=60" }, body: "new" };
const failed = (status: number): Answer => ({ status, body: "sorry" });

const stage = (kind: Kind, id: string, name: string, rule: string, ...steps: Step[]): Case => ({
  ...{ id, name, rule, kind, steps },
});

export const stale: readonly Case[] = [
  stage(
    "optimal",
    "swr-within",
    "a stale answer is used while it is asked about",
    "RFC 5861 §3",
    old("max-age=1, stale-while-revalidate=60"),
    { after: LATER, answer: renewed, status: 200, body: "old" },
  ),
  stage(
    "optimal",
    "swr-age",
    "a stale answer says how old it is",
    "RFC 9111 §5.1",
    old("max-age=1, stale-while-revalidate=60"),
    { after: LATER, answer: renewed, body: "old", fields: { age: /^[1-9]/ } },
  ),
  stage(
    "optimal",
    "swr-renews",
    "what comes of asking meanwhile is used by the next",
    "RFC 5861 §3",
    old("max-age=1, stale-while-revalidate=60"),
    { after: LATER, answer: renewed, body: "old" },
    { after: 500, answer: { body: "newest" }, from: "cache", body: "new" },
  ),
  stage(
    "optimal",
    "swr-validates",
    "asking meanwhile is done with the validator",
    "RFC 9111 §4.3.1",
    old("max-age=1, stale-while-revalidate=60", { etag: '"v1"' }),
    {
      ...{ after: LATER, body: "old" },
      answer: { fields: { "cache-control": "max-age=60", "etag": '"v1"', "x-time": "second" }, body: "old" },
    },
    { after: 500, answer: renewed, from: "cache", body: "old", fields: { "x-time": "second" } },
  ),
  stage(
    "required",
    "swr-beyond",
    "beyond its window a stale answer is not used",
    "RFC 5861 §3",
    old("max-age=1, stale-while-revalidate=1"),
    { after: MUCH_LATER, answer: renewed, from: "origin", status: 200, body: "new" },
  ),
  stage(
    "required",
    "swr-must-revalidate",
    "must-revalidate forbids it",
    "RFC 9111 §5.2.2.2",
    old("max-age=1, stale-while-revalidate=60, must-revalidate"),
    { after: LATER, answer: renewed, from: "origin", body: "new" },
  ),
  ...[500, 502, 503, 504].map((status) =>
    stage(
      "optimal",
      `sie-${status}`,
      `a stale answer is used in place of a ${status}`,
      "RFC 5861 §4",
      old("max-age=1, stale-if-error=60"),
      { after: LATER, answer: failed(status), status: 200, body: "old" },
    ),
  ),
  stage(
    "optimal",
    "sie-hang-up",
    "a stale answer is used when the origin hangs up",
    "RFC 5861 §4",
    old("max-age=1, stale-if-error=60"),
    { after: LATER, answer: { hangsUp: "at once" }, status: 200, body: "old" },
  ),
  stage("optimal", "sie-asked-for", "the client may allow it, too", "RFC 5861 §4", old("max-age=1"), {
    after: LATER,
    asks: { "cache-control": "stale-if-error=60" },
    answer: failed(503),
    status: 200,
    body: "old",
  }),
  stage("required", "sie-404", "a 404 is no such error", "RFC 5861 §4", old("max-age=1, stale-if-error=60"), {
    after: LATER,
    answer: failed(404),
    from: "origin",
    status: 404,
    body: "sorry",
  }),
  stage(
    "required",
    "sie-beyond",
    "beyond its window the error is passed on",
    "RFC 5861 §4.1",
    old("max-age=1, stale-if-error=1"),
    { after: MUCH_LATER, answer: failed(503), from: "origin", status: 503 },
  ),
  stage("required", "sie-none", "without leave the error is passed on", "RFC 9111 §4.2.4", old("max-age=1"), {
    after: LATER,
    answer: failed(503),
    from: "origin",
    status: 503,
  }),
  ...["must-revalidate", "proxy-revalidate", "s-maxage=1"].map((directive) =>
    stage(
      "required",
      `sie-${directive.split("=")[0]}`,
      `${directive} forbids it`,
      "RFC 9111 §4.2.4",
      old(`max-age=1, ${directive}`),
      { after: LATER, answer: { hangsUp: "at once" }, not: "old" },
    ),
  ),
  stage("required", "sie-no-cache", "no-cache forbids it", "RFC 9111 §4.2.4", old("no-cache", { etag: '"v1"' }), {
    answer: { hangsUp: "at once" },
    not: "old",
  }),
  stage(
    "check",
    "gone",
    "a stale answer is used when the origin hangs up, unasked",
    "RFC 9111 §4.2.4",
    old("max-age=1"),
    { after: LATER, answer: { hangsUp: "at once" }, status: 200, body: "old" },
  ),
];
