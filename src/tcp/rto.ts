/** How long to wait for an ACK (RFC 6298). */

/** Before the first measurement (§2.1). */
const FIRST = 1000;

/**
 * No less than this beyond the smoothed round trip. §2.4 would have a second for the whole; on networks of today that
 * is an eternity, and Linux, BSD and Windows all wait for less.
 */
const LEAST_VARIANCE = 200;

/** §2.5 asks for 60 seconds at least. */
const LONGEST = 120_000;

/** §2.3. */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/**
 * The estimate of one connection, all in milliseconds.
 *
 * @example
 * const rto = new RetransmissionTimeout();
 * rto.sample(100);
 * rto.current; // 300
 * rto.backOff();
 * rto.current; // 600
 */
export class RetransmissionTimeout {
  #smoothed: number | undefined;
  #variance = 0;
  #timeout = FIRST;
  #backoff = 1;

  /** The smoothed round trip, once there was one. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  get variance(): number {
    return this.#variance;
  }

  /** What to wait now. */
  get current(): number {
    return Math.min(LONGEST, this.#timeout * this.#backoff);
  }

  get isBackedOff(): boolean {
    return this.#backoff > 1;
  }

  /** A round trip was measured, on a segment that was sent once (Karn, §3) or that a timestamp tells apart. */
  sample(roundTrip: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip;
      this.#variance = roundTrip / 2;
    } else {
      this.#variance += BETA * (Math.abs(this.#smoothed - roundTrip) - this.#variance);
      this.#smoothed += ALPHA * (roundTrip - this.#smoothed);
    }
    this.#timeout = this.#smoothed + Math.max(LEAST_VARIANCE, 4 * this.#variance);
    this.#backoff = 1;
  }

  /** Nobody has answered in time (§5.5). */
  backOff(): void {
    if (this.current < LONGEST) this.#backoff *= 2;
  }

  /** What was sent again need not have been: it had arrived, and only the ACK was lost. */
  relax(): void {
    this.#backoff = 1;
  }

  /** The SYN had to be sent again: data begins with three seconds (§5.7). */
  startAnew(): void {
    this.#backoff = 1;
    if (this.#smoothed === undefined) this.#timeout = 3 * FIRST;
  }
}
