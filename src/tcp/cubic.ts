/** CUBIC (RFC 9438): after a loss, quickly back to where it was, then carefully, then quickly again. */

import { type Congestion, initialWindow, UNKNOWN_THRESHOLD } from "./congestion.ts";

/** Segments by cubic second (§5). */
const C = 0.4;
/** What is left after a loss (§4.6). */
const BETA = 0.7;
/** One segment more each round trip, corrected for the smaller step back (§4.3). */
const FRIENDLY = (3 * (1 - BETA)) / (1 + BETA);

/**
 * In segments, as the RFC counts, where a formula is its; in bytes to the outside.
 *
 * @example
 * const congestion = new Cubic(1000);
 * congestion.window; // 10000
 * congestion.lost(10_000);
 * congestion.recovered(10_000);
 * congestion.window; // 7000
 */
export class Cubic implements Congestion {
  readonly name = "cubic";
  window: number;
  threshold = UNKNOWN_THRESHOLD;
  #mss: number;
  /** W_max: where the last loss was. */
  #plateau = 0;
  /** When the current period of congestion avoidance began, and K: after how many seconds it is back at the plateau. */
  #epoch: number | undefined;
  #k = 0;
  /** cwnd_prior: the window before the last loss. */
  #prior = 0;
  /** W_est: what NewReno would have by now. */
  #estimate = 0;
  /** All of it as it was before the last loss (§4.9.1). */
  #before: Cubic | undefined;

  constructor(mss: number) {
    this.#mss = mss;
    this.window = initialWindow(mss);
  }

  acknowledged(bytes: number, roundTrip: number, now: number): void {
    const started = Math.max(0, Math.min(bytes, this.threshold - this.window));
    this.window += started;
    if (bytes > started) this.#avoid(bytes - started, roundTrip, now);
  }

  /** Congestion avoidance (§4.2 to §4.5). */
  #avoid(bytes: number, roundTrip: number, now: number): void {
    if (this.#epoch === undefined) this.#begin(now);
    const segments = this.window / this.#mss;
    const elapsed = (now - this.#epoch! + roundTrip) / 1000;
    const cubic = C * (elapsed - this.#k) ** 3 + this.#plateau / this.#mss;
    // No more than half as much again in a round trip (§4.2).
    const target = Math.min(Math.max(cubic, segments), 1.5 * segments);
    const share = bytes / this.window;
    this.#estimate += (this.#estimate < this.#prior ? FRIENDLY : 1) * share * this.#mss;
    const grown = this.window + (target - segments) * share * this.#mss;
    this.window = Math.max(grown, Math.min(this.#estimate, 1.5 * this.window));
  }

  #begin(now: number): void {
    this.#epoch = now;
    this.#estimate = this.window;
    this.#plateau = Math.max(this.#plateau, this.window);
    this.#k = Math.cbrt((this.#plateau - this.window) / this.#mss / C);
  }

  lost(inFlight: number): void {
    this.#before = this.#copy();
    this.#epoch = undefined;
    this.#prior = this.window;
    // Fast convergence: who has to give way twice leaves room for newcomers (§4.7).
    this.#plateau = this.window < this.#plateau ? (this.window * (1 + BETA)) / 2 : this.window;
    // What is in flight, not the window, says what the network has carried (§4.6).
    this.threshold = Math.max(Math.min(this.window, inFlight) * BETA, 2 * this.#mss);
  }

  recovered(inFlight: number): void {
    this.window = Math.min(this.threshold, Math.max(inFlight, this.#mss) + this.#mss);
  }

  timedOut(inFlight: number, isAgain: boolean): void {
    if (!isAgain) this.lost(inFlight);
    this.window = this.#mss;
    // Where the window was before says nothing about a network that has just failed (§4.8): K will be 0.
    this.#plateau = 0;
  }

  #copy(): Cubic {
    const copy = new Cubic(this.#mss);
    copy.window = this.window;
    copy.#become(this);
    return copy;
  }

  #become(other: Cubic): void {
    this.threshold = other.threshold;
    this.#plateau = other.#plateau;
    this.#epoch = other.#epoch;
    this.#k = other.#k;
    this.#prior = other.#prior;
    this.#estimate = other.#estimate;
  }

  undo(): void {
    const before = this.#before;
    if (before === undefined) return;
    this.window = Math.max(this.window, before.window);
    this.#become(before);
  }

  restartAfterIdle(): void {
    this.window = Math.min(this.window, initialWindow(this.#mss));
    // What time has done to the cubic meanwhile, no ACK has confirmed (§5.8).
    this.#epoch = undefined;
  }

  resize(mss: number): void {
    if (mss < this.#mss) this.window = Math.max(mss, Math.floor(this.window / this.#mss) * mss);
    this.#mss = mss;
  }
}
