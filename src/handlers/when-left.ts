/** Tells when a client leaves before its answer was complete. */

import { SocketError } from "../socket/socket.ts";
import type { Exchange } from "../web/handler.ts";

/**
 * `left` is called when the client leaves, at once if it has left already; not any more once what this gives has been
 * called.
 *
 * @example
 * const unwatch = whenLeft(exchange, () => console.log("nobody waits any more"));
 * unwatch();
 */
export function whenLeft(exchange: Exchange, left: () => void): () => void {
  if ("hold" in exchange) {
    const hold = { cancel: left };
    exchange.hold = hold;
    return () => {
      if (exchange.hold === hold) exchange.hold = undefined;
    };
  }
  const { signal } = exchange;
  if (signal.aborted) left();
  else signal.addEventListener("abort", left, { once: true });
  return () => signal.removeEventListener("abort", left);
}

/**
 * What content fails with that is read on though it was let go of: half of it must not look like the whole. Who writes
 * it to a client that has left breaks off.
 *
 * @example
 * nobodyWaits().code; // "EPIPE"
 */
export const nobodyWaits = (): SocketError => new SocketError("EPIPE", "Cannot read on: nobody waits for it any more");
