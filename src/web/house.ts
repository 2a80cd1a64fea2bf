/** What all connections of a server share: time told in coarse steps, the settings, who is here. */

import { printDate } from "../http/dates.ts";
import type { Settings } from "./options.ts";
import { Sweep, type Waiting } from "./sweep.ts";

/** Who is here. */
export interface Guest extends Waiting {
  /** The house closes: what is under way may be finished, and nothing more begun. */
  finish(): void;
  /** And now even that must end. */
  abandon(): void;
}

/** @internal */
export class House {
  readonly settings: Settings;
  isClosing = false;
  /** For the Date field, at most half a second old. */
  date: string;
  readonly #sweep: Sweep<Guest>;
  #second: number;
  #lastHasLeft = (): void => {};

  constructor(settings: Settings) {
    this.settings = settings;
    this.#second = Math.floor(settings.clock.date() / 1000);
    this.date = printDate(this.#second * 1000);
    this.#sweep = new Sweep(settings.clock, () => this.#tellDate());
  }

  get guests(): ReadonlySet<Guest> {
    return this.#sweep.guests;
  }

  /** As `clock.now()`, at most half a second old. */
  get now(): number {
    return this.#sweep.now;
  }

  /** When a wait of so many milliseconds is over: never too early, at most half a second late. */
  deadlineIn(ms: number): number {
    return this.#sweep.deadlineIn(ms);
  }

  enter(guest: Guest): void {
    this.#sweep.enter(guest);
  }

  leave(guest: Guest): void {
    this.#sweep.leave(guest);
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
      for (const guest of this.guests) {
        guest.abandon();
        this.#sweep.leave(guest);
      }
      this.#lastHasLeft();
    });
    await allHaveLeft;
    alarm.cancel();
  }

  #tellDate(): void {
    const second = Math.floor(this.settings.clock.date() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.date = printDate(second * 1000);
  }
}
