/** Challenge ACKs: who sends what may be an attack is asked to prove that it is the peer, but not for ever (RFC 5961 §3.2, §7). */

/** Ten in five seconds, as RFC 5961 §7 suggests; each connection has its own, so that nobody learns from the sum of all. */
const MOST = 10;
const PERIOD = 5000;

/**
 * The budget of one connection.
 *
 * @example
 * const challenges = new Challenges();
 * challenges.mayAnswer(0); // true
 */
export class Challenges {
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  mayAnswer(now: number): boolean {
    if (now - this.#since >= PERIOD) {
      this.#since = now;
      this.#count = 0;
    }
    return ++this.#count <= MOST;
  }
}
