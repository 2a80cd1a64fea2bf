/** The link to oneself: what goes out comes in (RFC 1122 §3.2.1.3 (g)). */

import type { Link } from "../link/link.ts";

/**
 * A frame sent is a frame come; that it waits until the machine has finished what it does is the adapter's work.
 *
 * @example
 * const link = loopback();
 * let come: Uint8Array | undefined;
 * link.onFrame = (frame) => void (come = frame);
 * link.send(Uint8Array.of(1));
 * come; // Uint8Array [1]
 */
export function loopback(): Link {
  const link: Link = {
    mtu: 0xffff,
    hasFcs: false,
    onFrame: undefined,
    send(frame) {
      link.onFrame?.(frame);
      return true;
    },
    close() {},
  };
  return link;
}
