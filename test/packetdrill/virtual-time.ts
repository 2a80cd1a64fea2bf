/** A clock that stands still until it is told to go on, from one alarm to the next. */

import type { Alarm, Clock } from "../../src/base/clock.ts";

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualTime implements Clock {
  #now = 0;
  /** In the order in which they ring; of equals the one set first. */
  readonly #waiting: Waiting[] = [];

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): Alarm {
    const alarm = { at: this.#now + Math.max(0, ms), wake };
    const behind = this.#waiting.findIndex(({ at }) => at > alarm.at);
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, alarm);
    return {
      cancel: () => {
        const place = this.#waiting.indexOf(alarm);
        if (place !== -1) this.#waiting.splice(place, 1);
      },
    };
  }

  /** To the next alarm, which rings, or to `until`, if that comes first. */
  step(until: number): void {
    const [next] = this.#waiting;
    if (next === undefined || next.at > until) {
      this.#now = Math.max(this.#now, until);
      return;
    }
    this.#waiting.shift();
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}
