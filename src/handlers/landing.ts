/** What comes of asking a server on behalf of a cache: for one, or for all who wait. */

import { type Assessment, isFresh } from "../cache/assess.ts";
import type { Reason } from "../cache/reasons.ts";
import type { Answer } from "../web/handler.ts";
import type { Kept } from "./keeping.ts";

export type Landing =
  /** For who asked, alone. `isTelling`: the next answers will be so, too. */
  | { readonly kind: "own"; readonly answer: Answer; readonly isTelling: boolean; readonly because: readonly Reason[] }
  /** A new response, for all whom it fits. `isCut`: it is more than what was wanted. */
  | {
      readonly kind: "kept";
      readonly kept: Kept;
      readonly answer: Answer;
      readonly isCut: boolean;
      readonly because: readonly Reason[];
    }
  /** What is stored is still good. */
  | { readonly kind: "good"; readonly assessed: Assessment; readonly because: readonly Reason[] }
  /** What is stored stands in for an answer that could not be had, or for an error with this status. */
  | {
      readonly kind: "stands in";
      readonly assessed: Assessment;
      readonly status: number | undefined;
      readonly because: readonly Reason[];
    }
  /** An answer that tells why there is none; or what was thrown in place of one. */
  | { readonly kind: "failed"; readonly answer: Answer; readonly because: readonly Reason[] }
  | { readonly kind: "threw"; readonly error: unknown };

/**
 * Whether others may use what has come, without asking on their own.
 *
 * @example
 * isForAll({ kind: "good", assessed: assess(stored, DEFAULT_RULES, stored.responseTime), because: [] }); // true
 */
export function isForAll(landing: Landing): boolean {
  switch (landing.kind) {
    case "good":
      return isUsable(landing.assessed);
    case "kept":
      // A part is for those who wanted just that.
      return isUsable(landing.kept.assessed) && (landing.kept.source.range === undefined || landing.isCut);
    default:
      return false;
  }
}

const isUsable = (assessed: Assessment): boolean => isFresh(assessed) && !assessed.terms.directives.isWhole("no-cache");
