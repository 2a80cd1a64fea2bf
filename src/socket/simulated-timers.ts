/** Timers as every JavaScript program has them, by simulated time. */

import type { Alarm, Clock } from "../base/clock.ts";

type Callback = (...words: unknown[]) => void;

/** What Node's `setTimeout` gives. Whether it keeps the process alive makes no difference: time passes while it waits. */
class Timer {
  readonly #clock: Clock;
  readonly #ring: () => void;
  readonly #ms: number;
  readonly #isRepeated: boolean;
  #alarm: Alarm | undefined;

  constructor(clock: Clock, ms: number, isRepeated: boolean, ring: () => void) {
    this.#clock = clock;
    // As browsers and Node have it: less than a millisecond is one.
    this.#ms = ms >= 1 ? ms : 1;
    this.#isRepeated = isRepeated;
    this.#ring = ring;
    this.refresh();
  }

  /** Begins anew. */
  refresh(): this {
    this.#alarm?.cancel();
    this.#alarm = this.#clock.after(this.#ms, () => {
      this.#alarm = undefined;
      if (this.#isRepeated) this.refresh();
      this.#ring();
    });
    return this;
  }

  close(): this {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What Node's `promisify` looks for. */
const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");

const NAMES = ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] as const;

/**
 * From here on the program's timers are this clock's, until they are given back. Those that run already are not
 * touched; nor are Node's own within its modules, nor dates.
 *
 * @example
 * const clock = new SimulatedClock();
 * const timers = takeTimers(clock);
 * setTimeout(() => console.log("an hour has passed"), 3_600_000);
 * await clock.advance(3_600_000);
 * timers[Symbol.dispose]();
 */
export function takeTimers(clock: Clock): Disposable {
  const theirs = NAMES.map((name) => [name, globalThis[name]] as const);
  const clear = theirs.find(([name]) => name === "clearTimeout")![1] as (timer: unknown) => void;
  const set =
    (isRepeated: boolean) =>
    (callback: Callback, ms = 0, ...words: unknown[]): Timer =>
      new Timer(clock, ms, isRepeated, () => callback(...words));
  // Some that are cleared now were set before.
  const unset = (timer: unknown): void => void (timer instanceof Timer ? timer.close() : clear(timer));
  const setTimeout = set(false);
  const sleep = (ms: number, value: unknown) => new Promise((resolve) => setTimeout(resolve, ms, value));
  Object.assign(globalThis, {
    setTimeout: Object.assign(setTimeout, { [PROMISIFY]: sleep }),
    setInterval: set(true),
    clearTimeout: unset,
    clearInterval: unset,
  });
  return { [Symbol.dispose]: () => void Object.assign(globalThis, Object.fromEntries(theirs)) };
}
