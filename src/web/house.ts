/** What all connections of a server share: time told in coarse steps, the settings, who is here. */

import type { Alarm } from "../base/clock.ts";
import { printDate } from "../http/dates.ts";
import type { Settings } from "./options.ts";

/** Fine enough for timeouts of seconds and a Date of seconds, coarse enough to cost nothing. */
const STEP = 500;

/** Who can be overdue. */
export interface Guest {
  /** On the scale of `house.now`; Infinity where nothing is waited for. */
  readonly deadline: number;
  /** Its time is up. */
  expire(): void;
  /** The house closes: what is under way may be finished, and nothing more begun. */
  finish(): void;
  /** And now even that must end. */
  abandon(): void;
}

/**
 * Instead of a timer for every wait of every connection there is one sweep over all of them,
 * twice a second, while there are any.
 *
 * @internal
 */
export class House {
  readonly settings: Settings;
  readonly guests = new Set<Guest>();
  isClosing = false;
  /** As `clock.now()`, at most a step old. */
  now: number;
  /** For the Date field, at most a step old. */
  date: string;
  #second: number;
  #alarm: Alarm | undefined;
  #lastHasLeft = (): void => {};

  constructor(settings: Settings) {
    this.settings = settings;
    this.now = settings.clock.now();
    this.#second = Math.floor(settings.clock.date() / 1000);
    this.date = printDate(this.#second * 1000);
  }

  enter(guest: Guest): void {
    // While nobody was here nobody looked at the clock.
    if (this.#alarm === undefined) this.#tell();
    this.guests.add(guest);
    this.#alarm ??= this.settings.clock.after(STEP, this.#look);
  }

  leave(guest: Guest): void {
    this.guests.delete(guest);
    if (this.guests.size === 0) this.#lastHasLeft();
  }

  /** Nobody new is let in; resolves when everybody has left, or when the grace is over. */
  async close(): Promise<void> {
    this.isClosing = true;
    if (this.guests.size === 0) return;
    const allHaveLeft = new Promise<void>((resolve) => {
      this.#lastHasLeft = resolve;
    });
    for (const guest of this.guests) guest.finish();
    const { clock, grace } = this.settings;
    const alarm = clock.after(grace, () => {
      // Whatever a handler may still be at, nobody waits for it.
      for (const guest of this.guests) guest.abandon();
      this.guests.clear();
      this.#lastHasLeft();
    });
    await allHaveLeft;
    alarm.cancel();
  }

  /** When a wait of so many milliseconds is over: never too early, at most a step late. */
  deadlineIn(ms: number): number {
    return this.now + ms + STEP;
  }

  #tell(): void {
    const { clock } = this.settings;
    this.now = clock.now();
    const second = Math.floor(clock.date() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.date = printDate(second * 1000);
  }

  readonly #look = (): void => {
    this.#tell();
    for (const guest of this.guests) if (guest.deadline <= this.now) guest.expire();
    this.#alarm = this.guests.size === 0 ? undefined : this.settings.clock.after(STEP, this.#look);
  };
}
