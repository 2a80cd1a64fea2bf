/**
 * What is under way: one record for each segment sent and not yet acknowledged, in the order of sequence numbers, and
 * in a second order, that of when they were sent last (RFC 8985 §5.2, RFC 6675 §4).
 */

import { distance, isBefore, isUpTo } from "./sequence.ts";

export interface Flight {
  start: number;
  end: number;
  /** When it was sent last. */
  sentAt: number;
  /** Counts what is sent: tells which of two came first at one instant. */
  order: number;
  isRetransmitted: boolean;
  /** The peer has reported it (RFC 2018). */
  isSacked: boolean;
  /** We believe that it is lost, and have not yet sent it again. */
  isLost: boolean;
  /** In the order of sending; only those that are neither sacked nor lost. */
  earlier: Flight | undefined;
  later: Flight | undefined;
}

/**
 * The scoreboard. All lengths in sequence space, so that a FIN counts one.
 *
 * @example
 * const flights = new Flights();
 * flights.send(0, 100, 5);
 * flights.send(100, 200, 6);
 * flights.inFlight; // 200
 * flights.acknowledge(100, () => {});
 * flights.inFlight; // 100
 */
export class Flights {
  /** Sent, not acknowledged, not reported, not lost: the “pipe” of RFC 6675. */
  inFlight = 0;
  /** How many bytes the peer has reported out of order, and how many we believe lost. */
  sacked = 0;
  lost = 0;
  /** How many segments it has reported. */
  sackedCount = 0;
  /** No segment before this one is lost. */
  #lostFrom = 0;
  #records: Flight[] = [];
  #head = 0;
  #order = 0;
  /** The one sent longest ago, and the latest. */
  #oldest: Flight | undefined;
  #newest: Flight | undefined;

  get isEmpty(): boolean {
    return this.#head === this.#records.length;
  }

  /** How many segments there are. */
  get count(): number {
    return this.#records.length - this.#head;
  }

  get first(): Flight | undefined {
    return this.#records[this.#head];
  }

  get last(): Flight | undefined {
    return this.isEmpty ? undefined : this.#records[this.#records.length - 1];
  }

  get oldest(): Flight | undefined {
    return this.#oldest;
  }

  /** A new segment has gone out; it follows on the last one. */
  send(start: number, end: number, now: number): Flight {
    const flight: Flight = {
      start,
      end,
      sentAt: now,
      order: this.#order++,
      isRetransmitted: false,
      isSacked: false,
      isLost: false,
      earlier: undefined,
      later: undefined,
    };
    this.#records.push(flight);
    this.inFlight += distance(start, end);
    this.#append(flight);
    return flight;
  }

  /** A segment has gone out again. */
  resend(flight: Flight, now: number): void {
    if (flight.isLost) {
      flight.isLost = false;
      this.lost -= distance(flight.start, flight.end);
      this.inFlight += distance(flight.start, flight.end);
    } else this.#remove(flight);
    flight.sentAt = now;
    flight.order = this.#order++;
    flight.isRetransmitted = true;
    this.#append(flight);
  }

  /** Everything before is acknowledged; `delivered` is told of each segment that was not reported before. */
  acknowledge(before: number, delivered: (flight: Flight) => void): void {
    while (this.#head < this.#records.length) {
      const flight = this.#records[this.#head]!;
      if (!isUpTo(flight.end, before)) {
        // Only a part of it is: the rest stays under way.
        if (isBefore(flight.start, before)) this.#shorten(flight, before);
        break;
      }
      this.#head++;
      this.#leave(flight);
      if (!flight.isSacked) delivered(flight);
    }
    this.#compact();
  }

  #shorten(flight: Flight, start: number): void {
    const less = distance(flight.start, start);
    if (flight.isSacked) this.sacked -= less;
    else if (flight.isLost) this.lost -= less;
    else this.inFlight -= less;
    flight.start = start;
  }

  /** No longer counted, however it was. */
  #leave(flight: Flight): void {
    const length = distance(flight.start, flight.end);
    if (flight.isSacked) {
      this.sacked -= length;
      this.sackedCount--;
    } else if (flight.isLost) this.lost -= length;
    else {
      this.inFlight -= length;
      this.#remove(flight);
    }
  }

  #compact(): void {
    if (this.#head === this.#records.length) {
      if (this.#head > 0) this.#records = [];
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 > this.#records.length) {
      this.#records.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** The peer has all segments that lie wholly in this range; `delivered` is told of each that is news. */
  sack(start: number, end: number, delivered: (flight: Flight) => void): void {
    for (let i = this.#indexOf(start); i < this.#records.length; i++) {
      const flight = this.#records[i]!;
      if (!isUpTo(flight.end, end)) break;
      if (flight.isSacked) continue;
      this.#leave(flight);
      flight.isSacked = true;
      flight.isLost = false;
      this.sacked += distance(flight.start, flight.end);
      this.sackedCount++;
      delivered(flight);
    }
  }

  /** The first record that does not begin before. */
  #indexOf(start: number): number {
    let low = this.#head;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#records[middle]!.start, start)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  lose(flight: Flight): void {
    if (!flight.isSacked && !flight.isLost) this.#lose(flight);
  }

  #lose(flight: Flight): void {
    this.#leave(flight);
    flight.isSacked = false;
    flight.isLost = true;
    if (this.lost === 0 || isBefore(flight.start, this.#lostFrom)) this.#lostFrom = flight.start;
    this.lost += distance(flight.start, flight.end);
  }

  /** After a time-out (RFC 6675 §5.1, RFC 8985 §6.3): whatever is not reported. */
  loseAll(): void {
    for (let i = this.#head; i < this.#records.length; i++) this.lose(this.#records[i]!);
  }

  /** The path has become narrower: what has more bytes than that, a FIN aside, did not arrive. */
  loseLongerThan(mss: number): void {
    for (let flight = this.#oldest; flight !== undefined; ) {
      const { later } = flight;
      if (distance(flight.start, flight.end) > mss + 1) this.lose(flight);
      flight = later;
    }
  }

  /** The peer may have thrown away what it had reported (RFC 2018 §8): that is lost as well. */
  loseSacked(): void {
    for (let i = this.#head; i < this.#records.length; i++) {
      const flight = this.#records[i]!;
      if (flight.isSacked) this.#lose(flight);
    }
  }

  /** Nothing was lost after all: it is under way as before. */
  findAll(): void {
    for (let i = this.#head; i < this.#records.length; i++) {
      const flight = this.#records[i]!;
      if (!flight.isLost) continue;
      flight.isLost = false;
      this.lost -= distance(flight.start, flight.end);
      this.inFlight += distance(flight.start, flight.end);
      this.#putBack(flight);
    }
  }

  /** The first that is lost, to be sent again. */
  get firstLost(): Flight | undefined {
    if (this.lost === 0) return undefined;
    let index = this.#indexOf(this.#lostFrom);
    // What has no beginning here any more was acknowledged in part, and is the first.
    if (index > this.#head && this.#records[index - 1]!.isLost) index--;
    while (!this.#records[index]!.isLost) index++;
    this.#lostFrom = this.#records[index]!.start;
    return this.#records[index];
  }

  /** Cuts a segment in two: the path takes only shorter ones. */
  split(flight: Flight, length: number): void {
    const index = this.#indexOf(flight.start);
    const middle = (flight.start + length) >>> 0;
    const behind: Flight = { ...flight, start: middle, earlier: undefined, later: undefined };
    flight.end = middle;
    this.#records.splice(index + 1, 0, behind);
    if (flight.isSacked) this.sackedCount++;
    if (!behind.isLost && !behind.isSacked) this.#insertBehind(flight, behind);
  }

  // ── in the order of sending ──

  #append(flight: Flight): void {
    flight.earlier = this.#newest;
    flight.later = undefined;
    if (this.#newest === undefined) this.#oldest = flight;
    else this.#newest.later = flight;
    this.#newest = flight;
  }

  /** Where it was, before the few that were sent since. */
  #putBack(flight: Flight): void {
    let before = this.#newest;
    while (before !== undefined && before.order > flight.order) before = before.earlier;
    if (before !== undefined) this.#insertBehind(before, flight);
    else {
      flight.later = this.#oldest;
      if (this.#oldest === undefined) this.#newest = flight;
      else this.#oldest.earlier = flight;
      this.#oldest = flight;
    }
  }

  #insertBehind(flight: Flight, next: Flight): void {
    next.earlier = flight;
    next.later = flight.later;
    if (flight.later === undefined) this.#newest = next;
    else flight.later.earlier = next;
    flight.later = next;
  }

  #remove(flight: Flight): void {
    if (flight.earlier === undefined) this.#oldest = flight.later;
    else flight.earlier.later = flight.later;
    if (flight.later === undefined) this.#newest = flight.earlier;
    else flight.later.earlier = flight.earlier;
    flight.earlier = flight.later = undefined;
  }
}
