/** What a response says of its own storing and reuse, by whichever of its fields counts (RFC 9111 §5.2, RFC 9213). */

import type { Fields } from "../http/fields.ts";
import { type Directives, parseDirectives } from "./directives.ts";
import { targetedIn } from "./targeted.ts";

export interface Terms {
  readonly directives: Directives;
  /** The field they come from: "Cache-Control", or one that is targeted at us. */
  readonly field: string;
  /** Then "it MUST ignore the Cache-Control and Expires header fields" – RFC 9213 §2.2. */
  readonly isTargeted: boolean;
}

/**
 * The terms of a response. `targets` are the targeted fields that this cache listens to.
 *
 * @example
 * termsOf(Fields.of({ "Cache-Control": "max-age=60" }), []).directives.seconds("max-age"); // 60
 */
export function termsOf(fields: Fields, targets: readonly string[]): Terms {
  const targeted = targets.length === 0 ? undefined : targetedIn(fields, targets);
  if (targeted !== undefined) return { ...targeted, isTargeted: true };
  return { directives: parseDirectives(fields.get("cache-control")), field: "Cache-Control", isTargeted: false };
}
