/** The peer's window, and when a segment is worth sending into it (RFC 9293 §3.8.6.2.1, §3.7.4). */

import { distance, isBefore, isUpTo, plus } from "./sequence.ts";

/**
 * What the peer has said it can take.
 *
 * @example
 * const window = new SendWindow();
 * window.update(0, 0, 1000);
 * window.usable(0, 400); // 600
 */
export class SendWindow {
  /** SND.WND, in bytes. */
  size = 0;
  /** The largest there was: a guess at the peer's buffer. */
  largest = 0;
  /** SND.WL1 and SND.WL2: the segment that last told us. */
  #seq = 0;
  #ack = 0;
  #isKnown = false;

  /** A segment tells a window, if it is not older than what we know. Says whether the window has changed. */
  update(seq: number, ack: number, size: number): boolean {
    const isNews = !this.#isKnown || isBefore(this.#seq, seq) || (this.#seq === seq && isUpTo(this.#ack, ack));
    if (!isNews) return false;
    this.#isKnown = true;
    this.#seq = seq;
    this.#ack = ack;
    const hasChanged = size !== this.size;
    this.size = size;
    if (size > this.largest) this.largest = size;
    return hasChanged;
  }

  /** How much may still be sent; negative where the peer has shrunk its window (RFC 9293 MUST-34: no reason to give up). */
  usable(unacknowledged: number, next: number): number {
    return distance(next, plus(unacknowledged, this.size));
  }

  /**
   * Sender's silly-window avoidance and Nagle: a full segment goes, and much of the peer's buffer; the last of what is
   * there goes unless an earlier short segment is still under way (Minshall's reading of Nagle, as Linux has it).
   */
  isWorthIt(length: number, mss: number, isLast: boolean, mayBeShort: boolean): boolean {
    if (length >= mss) return true;
    if (isLast && mayBeShort) return true;
    return length >= this.largest / 2 && length > 0;
  }
}
