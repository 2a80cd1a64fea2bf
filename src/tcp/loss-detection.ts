/** Finds out what was lost, and what that means for how much may be under way (RFC 5681, 6582, 6675, 8985). */

import type { SackBlock } from "../wire/tcp-segment.ts";
import type { Congestion } from "./congestion.ts";
import { DuplicateAcks } from "./duplicates.ts";
import type { Flight, Flights } from "./flights.ts";
import { Rack } from "./rack.ts";
import { Recovery } from "./recovery.ts";
import { isPossible, reportsDuplicate } from "./reports.ts";
import { RoundTripSample } from "./round-trip.ts";
import type { RetransmissionTimeout } from "./rto.ts";
import { distance } from "./sequence.ts";
import { TailProbe } from "./tail-probe.ts";

/**
 * Open: nothing is amiss. Recovery: losses are being repaired, seen by reports or duplicates. Loss: nobody answered in
 * time, and everything is sent anew.
 */
export type LossState = "open" | "recovery" | "loss";

/**
 * A part of the sender, which knows what all these numbers are.
 *
 * @example
 * const flights = new Flights();
 * const loss = new LossDetection(new NewReno(1000), flights, new RetransmissionTimeout());
 * flights.send(0, 1000, 0);
 * loss.arm(0, 1000);
 * loss.wakeAt; // 1000
 */
export class LossDetection {
  state: LossState = "open";
  readonly congestion: Congestion;
  /** The peer reports what comes out of order (RFC 2018). */
  hasReports = false;
  /** So often in a row nobody has answered in time. */
  timeouts = 0;
  /** A tail loss probe is due. */
  mustProbe = false;
  readonly #flights: Flights;
  readonly #rto: RetransmissionTimeout;
  readonly #rack = new Rack();
  readonly #recovery = new Recovery();
  readonly #probe = new TailProbe();
  readonly #duplicates = new DuplicateAcks();
  readonly #roundTrip = new RoundTripSample();
  #mss = 0;
  #timeoutAt: number | undefined;
  /** When an ACK last acknowledged something new. */
  #movedAt = 0;
  #reorderAt: number | undefined;
  /** When everything was given up for lost; an answer to what was sent before shows that it was not. */
  #timedOutAt: number | undefined;

  // What one ACK tells, while it is being read.
  #now = 0;
  #delivered = 0;

  constructor(congestion: Congestion, flights: Flights, rto: RetransmissionTimeout) {
    this.congestion = congestion;
    this.#flights = flights;
    this.#rto = rto;
  }

  get wakeAt(): number | undefined {
    let at = this.#timeoutAt;
    if (this.#reorderAt !== undefined && (at === undefined || this.#reorderAt < at)) at = this.#reorderAt;
    if (this.#probe.at !== undefined && (at === undefined || this.#probe.at < at)) at = this.#probe.at;
    return at;
  }

  /** How much may be in flight. */
  get window(): number {
    return this.state === "recovery" ? this.#recovery.window : this.congestion.window;
  }

  /** What is in the network, as far as we know. */
  get #pipe(): number {
    return Math.max(0, this.#flights.inFlight - this.#duplicates.count * this.#mss);
  }

  /** How many bytes more may be under way. */
  get room(): number {
    return this.window - this.#pipe;
  }

  /** Whether so many bytes more may be under way; one segment always may. */
  hasRoom(length: number): boolean {
    return length <= this.room || this.#pipe === 0;
  }

  sent(length: number): void {
    if (this.state === "recovery") this.#recovery.sent(length);
  }

  /** The time-out begins anew with what is sent next. */
  restart(): void {
    this.#timeoutAt = undefined;
  }

  /** An acceptable ACK: it moves us on by so many bytes, or is a duplicate, or carries reports. */
  acknowledged(
    ack: number,
    advanced: number,
    isDuplicate: boolean,
    reports: readonly SackBlock[] | undefined,
    echoedAt: number | undefined,
    next: number,
    mss: number,
    wasLimited: boolean,
    now: number,
  ): void {
    this.#now = now;
    this.#mss = mss;
    this.#delivered = 0;
    this.mustProbe = false;
    this.#roundTrip.begin(echoedAt, now);
    this.#rack.begin(this.#rto.smoothed);
    if (advanced > 0) this.#flights.acknowledge(ack, this.#hasArrived);
    this.#roundTrip.acknowledged();
    const hasDuplicate = this.hasReports && reports !== undefined && this.#report(ack, reports, next);
    if (!this.hasReports) this.#countDuplicates(advanced, isDuplicate, mss);
    this.#roundTrip.tell(this.#rto, advanced > 0 && !hasDuplicate);
    if (advanced > 0) {
      this.timeouts = 0;
      this.#timeoutAt = undefined;
      this.#movedAt = now;
      if (hasDuplicate) this.#rto.relax();
      if (this.#isSpurious(echoedAt)) this.#undo(now);
    }
    if (this.#probe.hasRepaired(ack, hasDuplicate, isDuplicate && reports === undefined)) this.#reduce(next, now);
    const lostBefore = this.#flights.lost;
    this.#detect(now);
    this.#judge(ack, advanced, next, this.#flights.lost > lostBefore, wasLimited, now);
  }

  /** Stable, so that no ACK makes a function. */
  readonly #hasArrived = (flight: Flight): void => {
    const { echoedAt } = this.#roundTrip;
    this.#delivered += distance(flight.start, flight.end);
    this.#roundTrip.arrived(flight);
    const isOld = echoedAt === undefined ? undefined : echoedAt < Math.floor(flight.sentAt);
    this.#rack.delivered(flight, this.#now, isOld);
  };

  /** Says whether the first block reports something for the second time (RFC 2883). */
  #report(ack: number, reports: readonly SackBlock[], next: number): boolean {
    const isDuplicate = reportsDuplicate(reports, ack);
    if (isDuplicate) this.#rack.duplicate(ack, next);
    for (const report of reports) {
      if (isPossible(report, ack, next)) this.#flights.sack(report.start, report.end, this.#hasArrived);
    }
    return isDuplicate;
  }

  #countDuplicates(advanced: number, isDuplicate: boolean, mss: number): void {
    if (advanced > 0) {
      this.#delivered = this.#duplicates.moved(advanced, mss);
      if (this.state !== "recovery") this.#duplicates.forget();
    } else if (isDuplicate && this.#mayCount) {
      this.#duplicates.came();
      this.#delivered += mss;
    }
  }

  /** There cannot be more than what is under way, but for the one missing; and of what goes in vain after a time-out, none. */
  get #mayCount(): boolean {
    if (this.state === "loss" || (this.state === "open" && !this.#recovery.mayBegin)) return false;
    return this.#duplicates.count < this.#flights.count - 1;
  }

  /** Eifel detection (RFC 3522): the first answer after a time-out is to what was sent before it. */
  #isSpurious(echoedAt: number | undefined): boolean {
    const timedOutAt = this.#timedOutAt;
    this.#timedOutAt = undefined;
    return (
      this.state === "loss" && timedOutAt !== undefined && echoedAt !== undefined && echoedAt < Math.floor(timedOutAt)
    );
  }

  #undo(now: number): void {
    this.#flights.findAll();
    this.congestion.undo(now);
    this.state = "open";
  }

  #detect(now: number): void {
    this.#reorderAt = undefined;
    if (!this.hasReports || this.#flights.isEmpty) return;
    const smoothed = this.#rto.smoothed ?? 0;
    const wait = this.#rack.detect(this.#flights, now, smoothed, this.state !== "open");
    if (wait !== undefined) this.#reorderAt = now + wait;
  }

  /** What the ACK means for the state we are in. */
  #judge(ack: number, advanced: number, next: number, hasLost: boolean, wasLimited: boolean, now: number): void {
    const { state } = this;
    if (state !== "open" && this.#recovery.isOver(ack)) this.#leave(now);
    if (this.state === "open") this.#recovery.passed(ack);
    if (this.state === "open") {
      const isThird = this.#duplicates.areMany;
      if (isThird) this.#flights.lose(this.#flights.first!);
      if (hasLost || isThird) this.#reduce(next, now);
    } else if (!this.hasReports && advanced > 0 && this.state === "recovery") {
      // A partial acknowledgment: the next one is lost as well (RFC 6582 §3.2 step 3).
      const { first } = this.#flights;
      if (first !== undefined && !first.isRetransmitted) this.#flights.lose(first);
    }
    if (this.state === "recovery") {
      const { threshold } = this.congestion;
      const isGood = advanced > 0 && !hasLost;
      this.#recovery.delivered(this.#delivered, this.#pipe, threshold, this.#mss, isGood);
    } else if (wasLimited && advanced > 0 && state !== "recovery") {
      // After a time-out, much of what is acknowledged had come before: one segment for each ACK (RFC 3465 §2.3).
      const bytes = state === "loss" ? Math.min(advanced, this.#mss) : advanced;
      this.congestion.acknowledged(bytes, this.#rto.smoothed ?? 0, now);
    }
  }

  #leave(now: number): void {
    if (this.state === "recovery") this.congestion.recovered(this.#pipe, now);
    this.#rack.recovered();
    this.state = "open";
    this.#duplicates.forget();
  }

  /** Into recovery, once for all that was under way. */
  #reduce(next: number, now: number): void {
    if (this.state !== "open") return;
    const inFlight = this.#flights.inFlight + this.#flights.sacked + this.#flights.lost;
    this.congestion.lost(inFlight, now);
    this.#recovery.begin(next, inFlight);
    this.state = "recovery";
    this.#probe.forget();
  }

  // ── time ──

  /** After sending, and after an ACK: what to wait for. */
  arm(now: number, mss: number): void {
    this.#mss = mss;
    if (this.#flights.isEmpty) {
      this.#timeoutAt = this.#reorderAt = undefined;
      this.#probe.forget();
      return;
    }
    if (this.#timeoutAt === undefined) this.#timeoutAt = now + this.#rto.current;
    const isCalm = this.state === "open" && this.hasReports && this.#flights.sacked === 0 && this.#flights.lost === 0;
    const since = Math.max(this.#flights.last!.sentAt, this.#movedAt);
    if (!isCalm || this.#probe.isOut || this.#rto.isBackedOff) this.#probe.cancel();
    else this.#probe.schedule(since, this.#rto.smoothed, this.#flights.count, this.#timeoutAt);
  }

  /** The probe has gone out: from here on, the time-out counts anew (RFC 8985 §7.3). */
  probed(next: number, wasRepetition: boolean, now: number): void {
    this.mustProbe = false;
    this.#probe.sent(next, wasRepetition);
    this.#timeoutAt = now + this.#rto.current;
  }

  tick(now: number, next: number, mss: number): void {
    this.#mss = mss;
    if (this.#timeoutAt !== undefined && this.#timeoutAt <= now) {
      this.#timeOut(next, now);
      return;
    }
    if (this.#reorderAt !== undefined && this.#reorderAt <= now) {
      const lostBefore = this.#flights.lost;
      this.#detect(now);
      if (this.#flights.lost > lostBefore) {
        this.#reduce(next, now);
        this.#delivered = 0;
        if (this.state === "recovery") {
          this.#recovery.delivered(0, this.#pipe, this.congestion.threshold, mss, false);
        }
      }
    }
    if (this.#probe.at !== undefined && this.#probe.at <= now) {
      this.#probe.cancel();
      this.mustProbe = true;
    }
  }

  #timeOut(next: number, now: number): void {
    const flights = this.#flights;
    this.#timeoutAt = this.#reorderAt = undefined;
    this.#probe.forget();
    this.#duplicates.forget();
    this.timeouts++;
    this.#rto.backOff();
    // Only if it was not backed off does an answer to an older sending show that we were too hasty.
    this.#timedOutAt = this.state === "loss" ? undefined : now;
    this.congestion.timedOut(flights.inFlight + flights.sacked + flights.lost, this.state === "loss", now);
    // The first is the one that the peer must have thrown away.
    if (flights.first!.isSacked) flights.loseSacked();
    flights.loseAll();
    this.#recovery.begin(next, flights.lost);
    this.state = "loss";
  }
}
