/** Links that cut TCP segments themselves do not go together with links that look at each frame. */

import type { Link } from "./link.ts";

/**
 * Throws a RangeError where the link does so: whoever stands around it would see frames that no cable carries, without
 * checksums.
 *
 * @example
 * refuseSegmentation(new Pair().a, "capture"); // undefined
 */
export function refuseSegmentation(link: Link, action: string): void {
  if ((link.segmentation ?? 0) > 0) {
    throw new RangeError(`Cannot ${action} a link that cuts segments itself: open it without offloads`);
  }
}
