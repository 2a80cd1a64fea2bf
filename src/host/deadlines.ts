/** One alarm for all that wait on a machine: neighbours asked, fragments missing, thousands of connections. */

import type { Alarm, Clock } from "../base/clock.ts";
import type { Work } from "./work.ts";

/** Something that wants to be told when its time has come. */
export interface Sleeper {
  /** On the clock's scale; undefined: it waits for nothing. Whoever changes it calls `update`. */
  readonly wakeAt: number | undefined;
  tick(now: number): void;
  /** Where it stands in the heap; −1 at first, and nobody else's business. */
  slot: number;
}

/**
 * A heap of deadlines. A deadline that moves away, as a connection's does with every packet, costs one comparison:
 * the sleeper stays where it is, and is asked again when its old time has come. Only one that comes nearer moves.
 *
 * @example
 * const clock = new VirtualClock();
 * const deadlines = new Deadlines(clock, new Work());
 * let ticks = 0;
 * const sleeper = { wakeAt: 20 as number | undefined, slot: -1, tick: () => void (ticks++, sleeper.wakeAt = undefined) };
 * deadlines.update(sleeper);
 * await clock.advance(20);
 * ticks; // 1
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #work: Work;
  /** A heap in two arrays: who, and by when to ask. A time is never later than the sleeper's own. */
  readonly #sleepers: Sleeper[] = [];
  readonly #times: number[] = [];
  #alarm: Alarm | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #isRinging = false;

  constructor(clock: Clock, work: Work) {
    this.#clock = clock;
    this.#work = work;
  }

  /** How many are waited for, or were until their deadline moved. */
  get size(): number {
    return this.#sleepers.length;
  }

  /** Its `wakeAt` may have changed. */
  update(sleeper: Sleeper): void {
    const { wakeAt, slot } = sleeper;
    if (wakeAt === undefined || (slot >= 0 && wakeAt >= this.#times[slot]!)) return;
    if (slot < 0) this.#add(sleeper, wakeAt);
    else this.#up(slot, sleeper, wakeAt);
    if (sleeper.slot === 0) this.#arm();
  }

  /** It is no more: without this it would be held until its time has come. */
  remove(sleeper: Sleeper): void {
    const { slot } = sleeper;
    if (slot < 0) return;
    sleeper.slot = -1;
    const last = this.#sleepers.pop()!;
    const time = this.#times.pop()!;
    if (last === sleeper) return;
    this.#up(slot, last, time);
    this.#down(last.slot, last, time);
  }

  /** Nobody is woken any more. */
  close(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    for (const sleeper of this.#sleepers) sleeper.slot = -1;
    this.#sleepers.length = this.#times.length = 0;
  }

  #arm(): void {
    const first = this.#times[0];
    // One that rings too early finds nothing to do, and that is cheaper than moving it each time.
    if (this.#isRinging || first === undefined || first >= this.#alarmAt) return;
    this.#alarm?.cancel();
    this.#alarmAt = first;
    this.#alarm = this.#clock.after(Math.max(0, first - this.#clock.now()), () => this.#ring());
  }

  #ring(): void {
    this.#alarm = undefined;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#isRinging = true;
    this.#work.begin();
    try {
      const now = this.#clock.now();
      while (this.#times.length > 0 && this.#times[0]! <= now) this.#wake(this.#sleepers[0]!, now);
    } finally {
      this.#isRinging = false;
      this.#arm();
      this.#work.end();
    }
  }

  #wake(sleeper: Sleeper, now: number): void {
    const { wakeAt } = sleeper;
    if (wakeAt !== undefined && wakeAt > now) {
      this.#down(0, sleeper, wakeAt);
      return;
    }
    this.remove(sleeper);
    if (wakeAt === undefined) return;
    sleeper.tick(now);
    const next = sleeper.wakeAt;
    this.remove(sleeper);
    // One that has not moved on must not stop the others: it has to wait a millisecond.
    if (next !== undefined) this.#add(sleeper, Math.max(next, now + 1));
  }

  #add(sleeper: Sleeper, time: number): void {
    this.#sleepers.push(sleeper);
    this.#times.push(time);
    this.#up(this.#sleepers.length - 1, sleeper, time);
  }

  #up(from: number, sleeper: Sleeper, time: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#put(at, this.#sleepers[parent]!, this.#times[parent]!);
      at = parent;
    }
    this.#put(at, sleeper, time);
  }

  #down(from: number, sleeper: Sleeper, time: number): void {
    const { length } = this.#times;
    let at = from;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && this.#times[child + 1]! < this.#times[child]!) child += 1;
      if (this.#times[child]! >= time) break;
      this.#put(at, this.#sleepers[child]!, this.#times[child]!);
      at = child;
    }
    this.#put(at, sleeper, time);
  }

  #put(at: number, sleeper: Sleeper, time: number): void {
    this.#sleepers[at] = sleeper;
    this.#times[at] = time;
    sleeper.slot = at;
  }
}
