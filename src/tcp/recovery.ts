/** What to send while losses are repaired: proportional rate reduction (RFC 6937), until all is acknowledged that was sent when the loss was seen (RFC 6582, RFC 6675 §5). */

import { isBefore } from "./sequence.ts";

/**
 * Brings the window down to the threshold evenly, as deliveries come, instead of a silence and a burst.
 *
 * @example
 * const recovery = new Recovery();
 * recovery.begin(10_000, 9000);
 * recovery.delivered(1000, 8000, 5000, 1000, true);
 * recovery.window; // 9000
 */
export class Recovery {
  /** How much may be in flight, in bytes. */
  window = 0;
  /** It ends when this is acknowledged; undefined where that is long ago. */
  #until: number | undefined;
  #inFlightThen = 0;
  #delivered = 0;
  #sent = 0;

  begin(until: number, inFlight: number): void {
    this.#until = until;
    this.#inFlightThen = Math.max(1, inFlight);
    this.#delivered = 0;
    this.#sent = 0;
    this.window = 0;
  }

  isOver(acknowledged: number): boolean {
    return this.#until === undefined || !isBefore(acknowledged, this.#until);
  }

  /** More is acknowledged than what has ended it. */
  passed(acknowledged: number): void {
    if (this.#until !== undefined && isBefore(this.#until, acknowledged)) this.#until = undefined;
  }

  /**
   * Whether duplicates may begin another: not before more is acknowledged than what has ended the last one, since
   * whatever was sent twice in vain comes back as duplicates, too (RFC 6582 §3.2 step 2).
   */
  get mayBegin(): boolean {
    return this.#until === undefined;
  }

  /** An ACK says that so many bytes more have arrived; `isGood`: it acknowledged something and showed no new loss. */
  delivered(bytes: number, inFlight: number, threshold: number, mss: number, isGood: boolean): void {
    this.#delivered += bytes;
    let more: number;
    if (inFlight > threshold) {
      more = Math.ceil((this.#delivered * threshold) / this.#inFlightThen) - this.#sent;
    } else {
      // Below the threshold: slow start if the network is well, else only as much as has left it.
      const limit = Math.max(this.#delivered - this.#sent, bytes) + (isGood ? mss : 0);
      more = Math.min(threshold - inFlight, limit);
    }
    // The first retransmission goes in any case (RFC 6937 §3.1).
    const least = this.#sent === 0 ? mss : 0;
    this.window = inFlight + Math.max(more, least);
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }
}
