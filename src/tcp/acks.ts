/** When to acknowledge (RFC 9293 §3.8.6.3, RFC 5681 §4.2): at once, or together with what follows. */

/** RFC 9293 MUST-40 allows up to half a second; 40 ms are Linux's least. */
const DELAY = 40;

/** Before a segment was seen: what every host takes (RFC 9293 §3.7.1). */
const SMALLEST = 536;

/**
 * The receiver's duty to answer.
 *
 * @example
 * const acks = new Acks();
 * acks.received(1460, 0);
 * acks.at; // 40
 * acks.received(1460, 1);
 * acks.isDue; // true
 */
export class Acks {
  /** One must go out now. */
  isDue = false;
  /** When the one that waits must go. */
  at: number | undefined;
  #waiting = 0;
  /** The largest segment there was: a full one, as far as we know. */
  largest = SMALLEST;
  /** What we have asked for: what is longer is several, that a link has put together. */
  most = Number.POSITIVE_INFINITY;

  /** Data has come in order: every second full segment is answered at once (RFC 5681 SHOULD). */
  received(bytes: number, now: number): void {
    if (bytes > this.largest) this.largest = Math.min(bytes, this.most);
    this.#waiting += bytes;
    if (this.#waiting > this.largest) this.isDue = true;
    else this.at ??= now + DELAY;
  }

  /** Something that the peer wants to know at once: a gap, or the end of one, a FIN, a probe. */
  urgent(): void {
    this.isDue = true;
  }

  tick(now: number): void {
    if (this.at !== undefined && this.at <= now) this.isDue = true;
  }

  /** An ACK has gone out, alone or with data. */
  sent(): void {
    this.isDue = false;
    this.at = undefined;
    this.#waiting = 0;
  }
}
