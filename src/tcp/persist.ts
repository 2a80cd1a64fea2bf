/** The peer has no room: ask now and then whether it has some, since its word of it may be lost (RFC 9293 §3.8.6.1). */

const LONGEST = 60_000;

/**
 * When to ask next; all in milliseconds.
 *
 * @example
 * const persist = new Persist();
 * persist.start(0, 300);
 * persist.at; // 300
 * persist.asked(300, 300);
 * persist.at; // 900
 */
export class Persist {
  at: number | undefined;
  #count = 0;

  /** If it does not run yet. */
  start(now: number, timeout: number): void {
    this.at ??= now + timeout;
  }

  /** It has been asked: twice as long until the next time. */
  asked(now: number, timeout: number): void {
    this.#count = Math.min(this.#count + 1, 16);
    this.at = now + Math.min(LONGEST, timeout * 2 ** this.#count);
  }

  stop(): void {
    this.at = undefined;
    this.#count = 0;
  }
}
