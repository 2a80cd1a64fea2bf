/** Which segments are lost: those sent well before one that has arrived (RACK, RFC 8985 §6). */

import type { Flight, Flights } from "./flights.ts";
import { isBefore } from "./sequence.ts";

/** As many reports as RFC 5681 wants duplicate ACKs, before a gap is a loss. */
const THRESHOLD = 3;

/** A widened window is forgotten after so many recoveries without a duplicate (§6.2 step 4). */
const PERSISTENCE = 16;

/**
 * Time instead of counts, so that a loss at the end, or of a segment sent again, is seen as well.
 *
 * @example
 * const rack = new Rack();
 * const flights = new Flights();
 * for (let i = 0; i < 5; i++) flights.send(i * 100, i * 100 + 100, i);
 * flights.sack(100, 500, (flight) => rack.delivered(flight, 10, undefined));
 * rack.detect(flights, 10, 6, false); // undefined
 * flights.lost; // 100
 */
export class Rack {
  /** The least round trip there was. */
  least = Number.POSITIVE_INFINITY;
  /** Of all segments that have arrived, the one sent last: its place in the order, and how long it took. */
  #order = -1;
  #roundTrip = 0;
  /** The end of what has arrived furthest ahead; and what it was before this ACK, whose reports come in any order. */
  #furthest: number | undefined;
  #furthestBefore: number | undefined;
  #hasReordering = false;
  #multiplier = 1;
  #persistence = PERSISTENCE;
  /** What must be acknowledged before another duplicate counts. */
  #round: number | undefined;

  /** An ACK has come; of each segment that it speaks of, `delivered` is told. Before there was one, the handshake tells the round trip. */
  begin(smoothed: number | undefined): void {
    this.#furthestBefore = this.#furthest;
    if (smoothed !== undefined && this.least === Number.POSITIVE_INFINITY) this.least = smoothed;
  }

  /**
   * A segment has arrived, whether acknowledged or reported (steps 1 to 3). `isOld`: the peer's timestamp shows that
   * it answered an earlier sending.
   */
  delivered(flight: Flight, now: number, isOld: boolean | undefined): void {
    const roundTrip = now - flight.sentAt;
    const before = this.#furthestBefore;
    if (this.#furthest === undefined || isBefore(this.#furthest, flight.end)) this.#furthest = flight.end;
    if (before !== undefined && isBefore(flight.end, before) && !flight.isRetransmitted) this.#hasReordering = true;
    // Sent again: is this the answer to the first sending, or to the second?
    if (flight.isRetransmitted && (isOld === true || roundTrip < this.least)) return;
    if (!flight.isRetransmitted && roundTrip < this.least) this.least = roundTrip;
    if (flight.order < this.#order) return;
    this.#order = flight.order;
    this.#roundTrip = roundTrip;
  }

  /** Something had been sent in vain: the network reorders more than we thought (step 4). Once a round trip. */
  duplicate(acknowledged: number, next: number): void {
    if (this.#round !== undefined && isBefore(acknowledged, this.#round)) return;
    this.#round = next;
    this.#multiplier++;
    this.#persistence = PERSISTENCE;
  }

  /** A recovery has ended. */
  recovered(): void {
    if (--this.#persistence > 0) return;
    this.#multiplier = 1;
    this.#persistence = PERSISTENCE;
  }

  /** How much later than its followers a segment may come. */
  #window(flights: Flights, smoothed: number, isRecovering: boolean): number {
    if (!this.#hasReordering && (isRecovering || flights.sackedCount >= THRESHOLD)) return 0;
    return Math.min((this.#multiplier * Math.min(this.least, smoothed)) / 4, smoothed);
  }

  /** Marks what is lost (step 5). Says in how many milliseconds to look again, if at all. */
  detect(flights: Flights, now: number, smoothed: number, isRecovering: boolean): number | undefined {
    if (this.#order < 0) return undefined;
    const patience = this.#roundTrip + this.#window(flights, smoothed, isRecovering);
    let flight = flights.oldest;
    while (flight !== undefined && flight.order < this.#order) {
      const { later } = flight;
      const left = flight.sentAt + patience - now;
      if (left > 0) return left;
      flights.lose(flight);
      flight = later;
    }
    return undefined;
  }
}
