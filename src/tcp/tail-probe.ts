/** The last segments of a flight have nobody behind them to show that they are lost: a probe does (TLP, RFC 8985 §7). */

import { isBefore } from "./sequence.ts";

/** How long a peer may keep its ACK to itself (§7.2); Linux believes so, too. */
const DELAYED_ACK = 200;

/** Before there is a round trip to go by. */
const FIRST = 1000;

/**
 * When to probe, and what the probe has shown.
 *
 * @example
 * const probe = new TailProbe();
 * probe.schedule(0, 50, 2, 1000);
 * probe.at; // 102
 */
export class TailProbe {
  at: number | undefined;
  /** What must be acknowledged before the next one. */
  #end: number | undefined;
  #wasRepetition = false;

  get isOut(): boolean {
    return this.#end !== undefined;
  }

  /** Two round trips after the last sending, if the time-out is not sooner. */
  schedule(now: number, smoothed: number | undefined, segments: number, timeoutAt: number): void {
    const wait = smoothed === undefined ? FIRST : 2 * smoothed + (segments === 1 ? DELAYED_ACK : 2);
    this.at = now + wait < timeoutAt ? now + wait : undefined;
  }

  cancel(): void {
    this.at = undefined;
  }

  sent(end: number, wasRepetition: boolean): void {
    this.at = undefined;
    this.#end = end;
    this.#wasRepetition = wasRepetition;
  }

  forget(): void {
    this.at = undefined;
    this.#end = undefined;
  }

  /**
   * An ACK has come (§7.4.2): true where the probe has repaired a loss, of which congestion control must hear. That was
   * so if more is acknowledged than there was then, and nobody says that the probe came twice: `isReported` does, and
   * so does an ACK that is `isPlain`, a duplicate without reports.
   */
  hasRepaired(acknowledged: number, isReported: boolean, isPlain: boolean): boolean {
    const end = this.#end;
    if (end === undefined || isBefore(acknowledged, end)) return false;
    const isBeyond = isBefore(end, acknowledged);
    if (!this.#wasRepetition || isReported || isBeyond || isPlain) this.#end = undefined;
    return this.#wasRepetition && isBeyond && !isReported;
  }
}
