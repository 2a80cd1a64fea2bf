/** Congestion control as RFC 5681 has it: one segment more each round trip, half of all after a loss. */

import { type Congestion, initialWindow, UNKNOWN_THRESHOLD } from "./congestion.ts";

/**
 * The recovery that gave NewReno its name (RFC 6582) is the same for every congestion control: recovery.ts.
 *
 * @example
 * const congestion = new NewReno(1000);
 * congestion.window; // 10000
 * congestion.lost(10_000);
 * congestion.recovered(10_000);
 * congestion.window; // 5000
 */
export class NewReno implements Congestion {
  readonly name = "newreno";
  window: number;
  threshold = UNKNOWN_THRESHOLD;
  #mss: number;
  /** What was acknowledged and has not yet made the window a segment larger. */
  #credit = 0;
  #before = { window: 0, threshold: 0 };

  constructor(mss: number) {
    this.#mss = mss;
    this.window = initialWindow(mss);
  }

  acknowledged(bytes: number): void {
    // By what was acknowledged, not by how many ACKs there were (RFC 3465).
    const started = Math.max(0, Math.min(bytes, this.threshold - this.window));
    this.window += started;
    this.#credit += bytes - started;
    if (this.#credit < this.window) return;
    this.#credit -= this.window;
    this.window += this.#mss;
  }

  lost(inFlight: number): void {
    this.#before = { window: this.window, threshold: this.threshold };
    this.threshold = Math.max(inFlight / 2, 2 * this.#mss);
    this.#credit = 0;
  }

  recovered(inFlight: number): void {
    this.window = Math.min(this.threshold, Math.max(inFlight, this.#mss) + this.#mss);
  }

  timedOut(inFlight: number, isAgain: boolean): void {
    if (!isAgain) this.lost(inFlight);
    this.window = this.#mss;
  }

  undo(): void {
    this.window = Math.max(this.window, this.#before.window);
    this.threshold = this.#before.threshold;
  }

  restartAfterIdle(): void {
    this.window = Math.min(this.window, initialWindow(this.#mss));
  }

  resize(mss: number): void {
    // So many segments as before, of the new size (RFC 1191 §6.4): the network has not become worse.
    if (mss < this.#mss) this.window = Math.max(mss, Math.floor(this.window / this.#mss) * mss);
    this.#mss = mss;
  }
}
