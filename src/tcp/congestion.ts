/** How much may be under way (RFC 5681): what every congestion control must answer. All figures are in bytes. */

export interface Congestion {
  readonly name: "cubic" | "newreno";
  /** How much may be in flight. */
  readonly window: number;
  /** Below it the window grows by slow start. */
  readonly threshold: number;
  /** The network took so many bytes, and the window was what held us back. `roundTrip` is the smoothed one, in milliseconds. */
  acknowledged(bytes: number, roundTrip: number, now: number): void;
  /** Something was lost: the threshold falls. The window follows by proportional rate reduction, recovery.ts. */
  lost(inFlight: number, now: number): void;
  /**
   * Recovery is over: the window is the threshold, but no more than what is in flight and a segment, lest all that was
   * held back goes in one burst (RFC 6582 §3.2 step 3 (1)); slow start makes up for it.
   */
  recovered(inFlight: number, now: number): void;
  /** Nobody answered in time (RFC 5681 §3.1): everything anew, with one segment. `isAgain`: the threshold has fallen for it already. */
  timedOut(inFlight: number, isAgain: boolean, now: number): void;
  /** That was no loss after all: back to what was before (RFC 4015). */
  undo(now: number): void;
  /** Nothing was sent for longer than a retransmission timeout (RFC 5681 §4.1). */
  restartAfterIdle(now: number): void;
  /** The path takes segments of another size. */
  resize(mss: number): void;
}

/**
 * The window to begin with (RFC 6928 §2).
 *
 * @example
 * initialWindow(1460); // 14600
 */
export const initialWindow = (mss: number): number => Math.min(10 * mss, Math.max(2 * mss, 14_600));

/** “Arbitrarily high” (RFC 5681 §3.1): until the first loss nobody knows better. */
export const UNKNOWN_THRESHOLD = Number.MAX_SAFE_INTEGER;
