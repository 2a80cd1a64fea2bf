/** One thing after the other: what comes while a machine is at work waits until it has finished. */

/** Something that has frames to handle. */
export interface Source {
  /** Handles all of them, and those that come meanwhile. */
  drain(): void;
}

/**
 * Keeps a machine from being interrupted by itself: a frame sent over a quick link may be answered before `send`
 * returns. Whatever enters the machine (an interrupt, an alarm, a call of the application) stands between `begin` and
 * `end`; the outermost `end` handles what has come in between, then tells everybody that there is nothing more for now.
 *
 * @example
 * const work = new Work();
 * const log: string[] = [];
 * work.onFlush(() => log.push("flush"));
 * work.begin();
 * work.interrupt({ drain: () => log.push("drain") });
 * log.push("work");
 * work.end();
 * log; // ["work", "drain", "flush"]
 */
export class Work {
  #depth = 0;
  readonly #waiting: Source[] = [];
  readonly #flushes: (() => void)[] = [];

  begin(): void {
    this.#depth += 1;
  }

  end(): void {
    if (this.#depth > 1) {
      this.#depth -= 1;
      return;
    }
    // Whoever throws in there must not leave the machine busy for ever.
    try {
      this.#finish();
    } finally {
      this.#depth = 0;
    }
  }

  /** This one has frames: at once if nothing else is being done. */
  interrupt(source: Source): void {
    this.#waiting.push(source);
    if (this.#depth > 0) return;
    this.#depth = 1;
    this.end();
  }

  /** Is called whenever all that came has been handled: a batch, or a single frame. */
  onFlush(flush: () => void): void {
    this.#flushes.push(flush);
  }

  #finish(): void {
    do {
      while (this.#waiting.length > 0) this.#waiting.shift()!.drain();
      for (let i = 0; i < this.#flushes.length; i++) this.#flushes[i]!();
    } while (this.#waiting.length > 0);
  }
}
