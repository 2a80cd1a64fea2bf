/** One thing after the other: what comes while a machine is at work waits until it has finished. */

/** Something that frames come from. */
export interface Source {
  /** Handles all that wait, and those that come meanwhile. */
  drain(): void;
}

/** Somebody who has to do what is done once for many frames: acknowledge, wake readers. */
export interface Flusher {
  flush(): void;
}

/**
 * Keeps a machine from being interrupted by itself: a frame sent over a quick link may be answered before `send`
 * returns. Whatever enters the machine (an interrupt, an alarm, a call of the application) stands between `begin` and
 * `end`; the outermost `end` handles what has come in between, then tells everybody that there is nothing more for now.
 *
 * @example
 * const work = new Work();
 * const log: string[] = [];
 * work.addSource({ drain: () => log.push("drain") });
 * work.addFlusher({ flush: () => log.push("flush") });
 * work.begin();
 * work.interrupt();
 * log.push("work");
 * work.end();
 * log; // ["work", "drain", "flush"]
 */
export class Work {
  readonly #sources: Source[] = [];
  readonly #flushers: Flusher[] = [];
  #depth = 0;
  #isInterrupted = false;

  addSource(source: Source): void {
    this.#sources.push(source);
  }

  addFlusher(flusher: Flusher): void {
    this.#flushers.push(flusher);
  }

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

  /** A source has something: it is handled at once if nothing else is being done. */
  interrupt(): void {
    this.#isInterrupted = true;
    if (this.#depth > 0) return;
    this.#depth = 1;
    this.end();
  }

  #finish(): void {
    do {
      while (this.#isInterrupted) {
        this.#isInterrupted = false;
        for (let i = 0; i < this.#sources.length; i++) this.#sources[i]!.drain();
      }
      for (let i = 0; i < this.#flushers.length; i++) this.#flushers[i]!.flush();
    } while (this.#isInterrupted);
  }
}
