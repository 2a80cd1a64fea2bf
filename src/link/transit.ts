/** Frames under way: each comes out when its time has come, and one alarm serves all that are due at once. */

import type { Alarm, Clock } from "../base/clock.ts";

/** How something is done soon, but not now: not before who asks for it has returned. */
export type Later = (run: () => void) => void;

/** A nanosecond. Sums of fractions miss each other by less: nobody is overtaken for that, nor has an alarm of his own. */
const AT_ONCE = 1e-6;

/**
 * They come out in the order of their times, those of one time in the order they were put in. Nothing
 * ever comes out while it is put in: who sends is not called back from within, however the frames go round.
 *
 * @example
 * const transit = new Transit(clock, (frame) => console.log(frame.length));
 * transit.add(takeFrame(60), clock.now() + 30, clock.now());
 * transit.size; // 1
 */
export class Transit {
  readonly #clock: Clock;
  readonly #deliver: (frame: Uint8Array) => void;
  readonly #later: Later;
  readonly #run = (): void => this.#wake();
  #alarm: Alarm | undefined;
  /** When the alarm rings; what is due no earlier needs no other one. */
  #wakeAt = Infinity;

  /** A ring, sorted by time: as many places as a power of two has, `#size` of them taken, from `#head` on. */
  #frames: (Uint8Array | undefined)[] = new Array(16).fill(undefined);
  #times: number[] = new Array(16).fill(0);
  #head = 0;
  #size = 0;

  /** `later` is for what is due at once: a clock's alarms may know no less than a millisecond. */
  constructor(clock: Clock, deliver: (frame: Uint8Array) => void, later?: Later) {
    this.#clock = clock;
    this.#deliver = deliver;
    this.#later = later ?? ((run) => void clock.after(0, run));
  }

  /** How many are under way. */
  get size(): number {
    return this.#size;
  }

  /** When the next one comes out; never, where none is under way. */
  get nextDue(): number {
    return this.#size === 0 ? Infinity : this.#times[this.#head]!;
  }

  add(frame: Uint8Array, due: number, now: number): void {
    if (this.#size === this.#frames.length) this.#grow();
    const mask = this.#frames.length - 1;
    let at = this.#head + this.#size++;
    // Nearly always it is the last one; who overtakes others passes them one by one.
    for (; at > this.#head && this.#times[(at - 1) & mask]! > due + AT_ONCE; at--) {
      this.#frames[at & mask] = this.#frames[(at - 1) & mask];
      this.#times[at & mask] = this.#times[(at - 1) & mask]!;
    }
    this.#frames[at & mask] = frame;
    this.#times[at & mask] = due;
    if (due < this.#wakeAt) this.#wakeBy(due, now);
  }

  /** All that are under way are lost. */
  clear(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#wakeAt = Infinity;
    this.#frames.fill(undefined);
    this.#size = 0;
  }

  #grow(): void {
    const frames = this.#frames;
    const times = this.#times;
    const mask = frames.length - 1;
    this.#frames = new Array(frames.length * 2).fill(undefined);
    this.#times = new Array(frames.length * 2).fill(0);
    for (let i = 0; i < this.#size; i++) {
      this.#frames[i] = frames[(this.#head + i) & mask];
      this.#times[i] = times[(this.#head + i) & mask]!;
    }
    this.#head = 0;
  }

  #wakeBy(due: number, now: number): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#wakeAt = due;
    const later = this.#later;
    if (due - now <= AT_ONCE) later(this.#run);
    else if (due < Infinity) this.#alarm = this.#clock.after(due - now, this.#run);
  }

  #wake(): void {
    this.#alarm = undefined;
    // No alarm is set for what is put in meanwhile: the one for the rest does for that as well.
    this.#wakeAt = -Infinity;
    try {
      this.#deliverDue();
    } finally {
      this.#wakeAt = Infinity;
      if (this.#size > 0) this.#wakeBy(this.#times[this.#head]!, this.#clock.now());
    }
  }

  #deliverDue(): void {
    const by = this.#clock.now() + AT_ONCE;
    // As many as there are now: frames that go round in a circle must not keep everybody else waiting.
    for (let left = this.#size; left > 0 && this.#size > 0 && this.#times[this.#head]! <= by; left--) {
      const frame = this.#frames[this.#head]!;
      this.#frames[this.#head] = undefined;
      this.#head = (this.#head + 1) & (this.#frames.length - 1);
      this.#size--;
      this.#deliver(frame);
    }
  }
}
