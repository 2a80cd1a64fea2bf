/** So many a second, and a few at once: what keeps us from shouting because somebody else does (RFC 1812 §4.3.2.8). */

/**
 * Tokens come in at a steady rate until the bucket is full; who wants to do something takes one.
 *
 * @example
 * const bucket = new TokenBucket(1, 2);
 * bucket.take(0); // true
 * bucket.take(0); // true
 * bucket.take(0); // false
 * bucket.take(1000); // true
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #size: number;
  #tokens: number;
  #at = 0;

  constructor(perSecond: number, size: number) {
    this.#perSecond = perSecond;
    this.#size = size;
    this.#tokens = size;
  }

  /** Whether there are so many tokens; then they are taken. */
  take(now: number, tokens = 1): boolean {
    const come = ((now - this.#at) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#size, this.#tokens + come);
    this.#at = now;
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }
}
