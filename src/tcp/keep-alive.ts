/** Whether a silent peer still lives (RFC 9293 §3.8.4): off unless asked for, and patient. */

/** Times in milliseconds. */
export interface KeepAliveOptions {
  /** After so long a silence; RFC 9293 MUST-28: two hours unless the application says otherwise. */
  readonly idle?: number;
  /** Between one question and the next. */
  readonly interval?: number;
  /** So many without an answer, and the peer is dead (MUST-29: one may get lost). */
  readonly count?: number;
}

/**
 * When to ask.
 *
 * @example
 * const keepAlive = new KeepAlive({ idle: 1000, interval: 100, count: 2 }, 0);
 * keepAlive.at; // 1000
 * keepAlive.ask(1000); // "ask"
 * keepAlive.ask(1100); // "ask"
 * keepAlive.ask(1200); // "give up"
 */
export class KeepAlive {
  at: number;
  readonly #idle: number;
  readonly #interval: number;
  readonly #count: number;
  #asked = 0;

  constructor({ idle = 7_200_000, interval = 75_000, count = 9 }: KeepAliveOptions, now: number) {
    this.#idle = idle;
    this.#interval = interval;
    this.#count = count;
    this.at = now + idle;
  }

  /** Something came. */
  heard(now: number): void {
    this.#asked = 0;
    this.at = now + this.#idle;
  }

  /** It is time. */
  ask(now: number): "ask" | "give up" {
    if (this.#asked === this.#count) return "give up";
    this.#asked++;
    this.at = now + this.#interval;
    return "ask";
  }
}
