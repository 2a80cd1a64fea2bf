/** Virtual time without promises: alarms ring one after the other, as fast as they can. */

import { Alarms, type Timed } from "../../src/base/alarms.ts";
import type { Alarm, Clock } from "../../src/base/clock.ts";

interface Ringing extends Timed {
  readonly wake: () => void;
}

export class QuickClock implements Clock {
  readonly #alarms = new Alarms<Ringing>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): Alarm {
    const alarm = { at: this.#now + Math.max(0, ms), order: 0, slot: -1, wake };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.remove(alarm) };
  }

  /** Until it is done, or nothing is to happen any more, or it is that late. Says whether it is done. */
  run(isDone: () => boolean, latest = Number.POSITIVE_INFINITY): boolean {
    while (!isDone()) {
      const first = this.#alarms.first;
      if (first === undefined || first.at > latest) return false;
      this.#now = first.at;
      this.#alarms.take()!.wake();
    }
    return true;
  }
}
