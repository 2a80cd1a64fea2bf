/**
 * What the package asks for as published, and RFC 9111 does not: that RFC is newer, and the suite has changed its mind
 * since. They are counted as “only asked”, whatever comes of them; where the RFC wants the contrary, probes of our own
 * ask for that.
 */

import type { Finding } from "./finding.ts";

const AMENDMENTS: readonly { readonly why: string; readonly ids: readonly string[] }[] = [
  {
    why: "an Age that is no number is ignored, not old (§5.1)",
    ids: [
      ...["age-parse-nonnumeric", "age-parse-negative", "age-parse-float"],
      ...["age-parse-parameter", "age-parse-numeric-parameter"],
    ],
  },
  {
    why: "of several values of Age the first one counts (§5.1)",
    ids: ["age-parse-prefix-twoline", "age-parse-dup-0", "age-parse-dup-0-twoline", "age-parse-dup-old"],
  },
  {
    why: "a 304 updates every field but Content-Length, and Content-Range may be left out (§3.2)",
    ids: ["Content-Encoding", "Content-MD5", "Content-Range"].map((name) => `304-etag-update-response-${name}`),
  },
  {
    why: "a 304 with a strong ETag that is not stored updates nothing, so that there is nothing to reuse (§4.3.4)",
    ids: ["304-etag-update-response-ETag"],
  },
  {
    why: "without Last-Modified the Date is compared, and that is later than what is asked about (§4.3.2)",
    ids: ["conditional-lm-fresh-no-lm"],
  },
  {
    why: "a cache that may not use what is stale says 504 (§5.2.2.2), which is taken for an answer from its store",
    ids: ["must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=2"].map(
      (directive) => `stale-close-${directive}`,
    ),
  },
  {
    why: "Location and Content-Location may be invalidated, and need not be (§4.4)",
    ids: ["POST", "PUT", "DELETE", "M-SEARCH"].flatMap((method) => [
      `invalidate-${method}-location`,
      `invalidate-${method}-cl`,
    ]),
  },
];

const reasons = new Map(AMENDMENTS.flatMap(({ why, ids }) => ids.map((id) => [id, why] as const)));

/** The same findings, where those are only asked. */
export const amended = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => (reasons.has(finding.id) ? { ...finding, kind: "check" } : finding));

/** A line for each reason. */
export const amendments = (): string[] => AMENDMENTS.map(({ why, ids }) => `${why}: ${ids.join(", ")}`);
