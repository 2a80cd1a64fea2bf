/** The idle timer of a socket, by whatever clock. */

import type { Alarm, Clock } from "../base/clock.ts";

/**
 * Rings when nothing has happened for so long; whoever does something says so.
 *
 * @example
 * const timeout = new IdleTimeout(clock, () => console.log("nothing happens"));
 * timeout.set(1000);
 * timeout.touch();
 * timeout.set(0);
 */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #ms = 0;
  #alarm: Alarm | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** 0: never. */
  set(ms: number): void {
    this.#ms = ms;
    this.touch();
  }

  /** Something has happened. */
  touch(): void {
    this.#alarm?.cancel();
    this.#alarm = this.#ms > 0 ? this.#clock.after(this.#ms, this.#ring) : undefined;
  }
}
