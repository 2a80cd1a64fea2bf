/** The SYN, until it is answered: when to send it again (RFC 9293 §3.8.3, RFC 6298 §2.1, §5.7). */

import { RetransmissionTimeout } from "./rto.ts";

/**
 * Only as long as a handshake lasts.
 *
 * @example
 * const opening = new Opening(0);
 * opening.sent(0);
 * opening.at; // 1000
 * opening.sent(1000);
 * opening.at; // 3000
 */
export class Opening {
  /** When it is due. */
  at: number | undefined;
  readonly #timeout = new RetransmissionTimeout();
  #sentAt: number | undefined;
  #count = 0;
  #isAsked = false;

  constructor(at: number | undefined) {
    this.at = at;
  }

  isDue(now: number): boolean {
    return this.at !== undefined && this.at <= now;
  }

  sent(now: number): void {
    this.#sentAt ??= now;
    if (++this.#count > 1 && !this.#isAsked) this.#timeout.backOff();
    this.#isAsked = false;
    this.at = now + this.#timeout.current;
  }

  /** The peer has asked again, since our answer was lost: it is repeated at once, and no sign that nobody hears us. */
  ask(now: number): void {
    this.#isAsked = true;
    this.at = now;
  }

  /** How long the answer took; undefined where nobody knows which of several SYNs it answers (Karn). */
  roundTrip(now: number): number | undefined {
    return this.#count === 1 ? now - this.#sentAt! : undefined;
  }

  get repetitions(): number {
    return Math.max(0, this.#count - 1);
  }

  /** It had to be sent again: somebody lost it, and perhaps the network is full. */
  get wasRepeated(): boolean {
    return this.#count > 1;
  }
}
