/** What one ACK shows of the round trip (RFC 6298 §3, RFC 7323 §4). */

import type { Flight } from "./flights.ts";
import type { RetransmissionTimeout } from "./rto.ts";

/**
 * Told of each segment that has arrived: first of those acknowledged, then of those reported.
 *
 * @example
 * const roundTrip = new RoundTripSample();
 * roundTrip.begin(undefined, 50);
 * roundTrip.arrived(new Flights().send(0, 100, 10));
 * const rto = new RetransmissionTimeout();
 * roundTrip.tell(rto, true);
 * rto.smoothed; // 40
 */
export class RoundTripSample {
  /** When that was sent to which the peer says it answers. */
  echoedAt: number | undefined;
  #now = 0;
  #sample: number | undefined;
  #order = -1;
  /** When that of the acknowledged segments was sent last which had to be sent twice. */
  #resentAt: number | undefined;

  /** An ACK has come. */
  begin(echoedAt: number | undefined, now: number): void {
    this.echoedAt = echoedAt;
    this.#now = now;
    this.#sample = this.#resentAt = undefined;
    this.#order = -1;
  }

  arrived(flight: Flight): void {
    if (flight.isRetransmitted) {
      if (this.#resentAt === undefined || flight.sentAt > this.#resentAt) this.#resentAt = flight.sentAt;
    } else if (flight.order > this.#order) {
      this.#order = flight.order;
      this.#sample = this.#now - flight.sentAt;
    }
  }

  /** All that was acknowledged has arrived; what came with a segment that was sent twice may have come long before (Karn). */
  acknowledged(): void {
    if (this.#resentAt === undefined) return;
    this.#sample = undefined;
    this.#order = -1;
  }

  /** `isEchoing`: the ACK moves us on, and the peer does not say that it had all of it before; so its echo may count. */
  tell(rto: RetransmissionTimeout, isEchoing: boolean): void {
    const { echoedAt } = this;
    if (this.#sample !== undefined) rto.sample(this.#sample);
    else if (isEchoing && echoedAt !== undefined && !this.#isDoubtful(echoedAt)) rto.sample(this.#now - echoedAt);
  }

  /**
   * The answer to the first sending – or to the last, after the answer to the first was lost: the peer echoes the first
   * then. Whoever believes that waits for minutes after a few losses in a row.
   */
  #isDoubtful(echoedAt: number): boolean {
    return this.#resentAt !== undefined && echoedAt < Math.floor(this.#resentAt);
  }
}
