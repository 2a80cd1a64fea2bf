/** One look at all that wait, twice a second: instead of a timer for every wait of every connection. */

import type { Alarm, Clock } from "../base/clock.ts";

/** Fine enough for timeouts of seconds, coarse enough to cost nothing. */
const STEP = 500;

/** Who can be overdue. */
export interface Waiting {
  /** On the scale of `sweep.now`; Infinity where nothing is waited for. */
  readonly deadline: number;
  /** Its time is up. */
  expire(): void;
}

/**
 * Looks while there is anybody to look at.
 *
 * @internal
 */
export class Sweep<Guest extends Waiting = Waiting> {
  readonly guests = new Set<Guest>();
  /** As `clock.now()`, at most a step old while anybody is here. */
  now: number;
  readonly #clock: Clock;
  readonly #told: () => void;
  #alarm: Alarm | undefined;

  /** `told` is called whenever the time has been looked up. */
  constructor(clock: Clock, told: () => void = () => {}) {
    this.#clock = clock;
    this.#told = told;
    this.now = clock.now();
  }

  enter(guest: Guest): void {
    // While nobody was here nobody looked at the clock.
    if (this.#alarm === undefined) this.#tell();
    this.guests.add(guest);
    this.#alarm ??= this.#clock.after(STEP, this.#look);
  }

  leave(guest: Guest): void {
    this.guests.delete(guest);
  }

  /** When a wait of so many milliseconds is over: never too early, at most a step late. */
  deadlineIn(ms: number): number {
    return this.now + ms + STEP;
  }

  #tell(): void {
    this.now = this.#clock.now();
    this.#told();
  }

  readonly #look = (): void => {
    this.#tell();
    for (const guest of this.guests) if (guest.deadline <= this.now) guest.expire();
    this.#alarm = this.guests.size === 0 ? undefined : this.#clock.after(STEP, this.#look);
  };
}
