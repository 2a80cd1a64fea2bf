/** Time, as an argument: the real clock, and one that a test moves by hand. */

import { Alarms, type Timed } from "./alarms.ts";

export interface Clock {
  /** Milliseconds on a scale that only grows; for measuring how long something takes. */
  now(): number;
  /** Milliseconds since 1970 UTC, as the world counts them; for what we tell others. */
  date(): number;
  /** Calls `wake` once, after `ms` milliseconds, unless it is cancelled first. */
  after(ms: number, wake: () => void): Alarm;
}

export interface Alarm {
  cancel(): void;
}

/**
 * The clock of the machine. Its alarms do not keep the process alive.
 *
 * @example
 * const started = realClock.now();
 * const alarm = realClock.after(1000, () => console.log(realClock.now() - started));
 * alarm.cancel();
 */
export const realClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, wake) {
    if (ms > LONGEST) return afterLong(ms, wake);
    const timer = setTimeout(wake, ms);
    // In a page a timer is a number, which has nothing to let go of.
    if (typeof timer === "object") timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Timers count in 32 bits: one of more than 24.8 days would ring at once. */
const LONGEST = 2 ** 31 - 1;

/** As many timers as it takes, one after the other; for `Infinity`, "never", that is for ever. */
function afterLong(ms: number, wake: () => void): Alarm {
  let alarm: Alarm;
  const wait = (left: number): void => {
    alarm = realClock.after(Math.min(left, LONGEST), left > LONGEST ? () => wait(left - LONGEST) : wake);
  };
  wait(ms);
  return { cancel: () => alarm.cancel() };
}

interface VirtualAlarm extends Timed {
  readonly wake: () => void;
}

/**
 * A clock that stands still until `advance` moves it.
 *
 * @example
 * const clock = new VirtualClock(Date.UTC(1994, 10, 6));
 * clock.after(60_000, () => console.log("a minute has passed"));
 * await clock.advance(60_000);
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #started: number;
  readonly #alarms = new Alarms<VirtualAlarm>();

  constructor(date = 0) {
    this.#started = date;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#started + this.#now;
  }

  after(ms: number, wake: () => void): Alarm {
    const alarm = { at: this.#now + Math.max(0, ms), order: 0, slot: -1, wake };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.remove(alarm) };
  }

  /** Lets `ms` milliseconds pass, waking who is due, each at its own time; what they set off is waited for. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#alarms.first; next !== undefined && next.at <= end; next = this.#alarms.first) {
      this.#alarms.remove(next);
      this.#now = next.at;
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Until all promises that can go on have gone on: a message to oneself comes after every one of them. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
