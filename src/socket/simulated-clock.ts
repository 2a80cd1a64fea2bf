/** Time that passes as quickly as a program can follow it: an hour of waiting takes no longer than what happens in it. */

import { Alarms, type Timed } from "../base/alarms.ts";
import type { Alarm, Clock } from "../base/clock.ts";
import type { Waiting } from "./waiting.ts";

export interface SimulatedClockOptions {
  /** What date it is when it begins, in milliseconds since 1970. Default 0. */
  readonly date?: number | undefined;
  /** Whether the program waits for something real: then no time passes. Default never. */
  readonly isBusy?: (() => boolean) | undefined;
}

/** So many alarms of machines may ring before the real world has its turn. */
const BATCH = 1000;

/**
 * Where nothing happens for so long, in milliseconds, others may have the processor for a moment. Connections that
 * nobody has closed ask for each other for ever; that shall not be what a machine is busy with.
 */
const LULL = 1000;

/** Whoever waits for something real looks so often at once; then once a millisecond. */
const LOOKS = 20;

/**
 * Time stands still while nobody waits for it. Else it goes from alarm to alarm; and after each instant in which
 * somebody's program was woken, all that it does then is waited for.
 *
 * @example
 * const clock = new SimulatedClock();
 * clock.after(30_000, () => console.log("half a minute has passed"));
 * await clock.advance(60_000);
 * clock.now(); // 60000
 */
export class SimulatedClock implements Clock, Waiting {
  /**
   * For machines and cables. Their alarms wake nobody's program, unless `end` is called: so they ring one after the
   * other. And nobody waits for them: an address that is forgotten in ten minutes is no reason for time to pass.
   */
  readonly machine: Clock;
  readonly #alarms = new Alarms<SimulatedAlarm>();
  readonly #started: number;
  readonly #isBusy: () => boolean;
  #now = 0;
  /** How many wait. */
  #waiting = 0;
  /** How many do not want time to pass. */
  #holding = 0;
  /** A program has been woken: what it does is not known yet. */
  #isStirred = false;
  #isAsked = false;
  #looks = 0;
  #hasRested = false;
  #hurried = 0;

  constructor({ date = 0, isBusy = () => false }: SimulatedClockOptions = {}) {
    this.#started = date;
    this.#isBusy = isBusy;
    this.machine = {
      now: () => this.#now,
      date: () => this.#started + this.#now,
      after: (ms, wake) => this.#set(ms, wake, false),
    };
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#started + this.#now;
  }

  after(ms: number, wake: () => void): Alarm {
    const alarm = this.#set(ms, wake, true);
    this.begin();
    return alarm;
  }

  /** So much time passes, and what happens in it. */
  async advance(ms: number): Promise<void> {
    this.#hurried += 1;
    try {
      await new Promise<void>((resolve) => this.after(ms, resolve));
    } finally {
      this.#hurried -= 1;
    }
  }

  /** No time passes until that is done. */
  async during<T>(work: PromiseLike<T>): Promise<T> {
    this.#holding += 1;
    try {
      return await work;
    } finally {
      this.#holding -= 1;
      this.#ask();
    }
  }

  begin(): void {
    this.#waiting += 1;
    this.#ask();
  }

  end(): void {
    this.#waiting -= 1;
    this.#isStirred = true;
  }

  #set(ms: number, wake: () => void, isWaitedFor: boolean): SimulatedAlarm {
    const alarm = new SimulatedAlarm(this, this.#now + (ms > 0 ? ms : 0), wake, isWaitedFor);
    this.#alarms.add(alarm);
    this.#ask();
    return alarm;
  }

  /** @internal */
  cancel(alarm: SimulatedAlarm): void {
    if (this.#alarms.remove(alarm) && alarm.isWaitedFor) this.#waiting -= 1;
  }

  get #mayPass(): boolean {
    return this.#waiting > 0 && this.#holding === 0 && this.#alarms.size > 0;
  }

  #ask(): void {
    if (this.#isAsked || !this.#mayPass) return;
    this.#isAsked = true;
    later(this.#step);
  }

  readonly #step = (): void => {
    this.#isAsked = false;
    if (!this.#mayPass) return;
    if (this.#isBusy()) {
      this.#isAsked = true;
      if (++this.#looks < LOOKS) later(this.#step);
      else rest(this.#step, 1);
      return;
    }
    this.#looks = 0;
    const isLull = this.#alarms.first!.at - this.#now >= LULL && this.#hurried === 0;
    if (isLull && !this.#hasRested) {
      this.#hasRested = this.#isAsked = true;
      rest(this.#step, 1);
      return;
    }
    this.#hasRested = false;
    try {
      this.#ring();
    } finally {
      this.#ask();
    }
  };

  /** Until a program is woken; the other alarms of that instant ring nevertheless. */
  #ring(): void {
    this.#isStirred = false;
    const alarms = this.#alarms;
    for (let left = BATCH; left > 0; left--) {
      const next = alarms.first;
      if (next === undefined) return;
      if (next.at > this.#now) {
        if (this.#isStirred || (left < BATCH && next.at - this.#now >= LULL)) return;
        this.#now = next.at;
      }
      alarms.remove(next);
      if (next.isWaitedFor) this.end();
      next.wake();
    }
  }
}

class SimulatedAlarm implements Alarm, Timed {
  readonly at: number;
  readonly wake: () => void;
  readonly isWaitedFor: boolean;
  order = 0;
  slot = -1;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock, at: number, wake: () => void, isWaitedFor: boolean) {
    this.at = at;
    this.wake = wake;
    this.isWaitedFor = isWaitedFor;
    this.#clock = clock;
  }

  cancel(): void {
    this.#clock.cancel(this);
  }
}

/** The real one: a program may have put another in its place. */
const rest = setTimeout;

// ── after all promises that can go on have gone on ──

/**
 * Soon, but not now. In a page a message to oneself is what comes closest to Node's `setImmediate`.
 *
 * @internal
 */
export const later: (run: () => void) => void =
  typeof setImmediate === "function" ? (run) => void setImmediate(run) : laterByMessage();

function laterByMessage(): (run: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (run) => {
    waiting.push(run);
    port2.postMessage(undefined);
  };
}
