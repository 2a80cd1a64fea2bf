/** So many at once and no more: the others wait in a line, and the line has an end. */

/** Gives the place back; calling it again does nothing. */
export type Leave = () => void;

export interface GateOptions {
  /** How many may be inside at once. */
  readonly limit: number;
  /** How many may wait to get in; whoever comes after them is turned away. Default 0. */
  readonly queue?: number;
}

/**
 * Counts who is inside. Those who wait are let in by the order in which they came.
 *
 * @example
 * const gate = new Gate({ limit: 4, queue: 16 });
 * const leave = await gate.enter(exchange.signal);
 * if (leave === undefined) return statusPage(503, request);
 * try {
 *   return await work();
 * } finally {
 *   leave();
 * }
 */
export class Gate {
  readonly #limit: number;
  readonly #queue: number;
  #inside = 0;
  readonly #waiting = new Set<() => void>();

  /** Throws a RangeError where the limit is not a whole number above 0, or the queue's length not one from 0 on. */
  constructor({ limit, queue = 0 }: GateOptions) {
    // Without a limit there is `Infinity`, which is no integer.
    if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
      throw new RangeError(`Cannot let "${limit}" in at once: it is not a whole number above 0`);
    }
    if (!(queue >= 0) || (queue !== Infinity && !Number.isInteger(queue))) {
      throw new RangeError(`Cannot let "${queue}" wait: it is not a whole number from 0 on`);
    }
    this.#limit = limit;
    this.#queue = queue;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether the next one need not wait. */
  get hasRoom(): boolean {
    return this.#inside < this.#limit;
  }

  /**
   * At once where there is room, else a promise of it; undefined where even the line is full.
   * Fails with the signal's reason where that says so before the turn has come.
   */
  enter(signal?: AbortSignal): Leave | Promise<Leave> | undefined {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.hasRoom) {
      this.#inside += 1;
      return this.#leave();
    }
    if (this.#waiting.size >= this.#queue) return undefined;
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<Leave> {
    return new Promise((resolve, reject) => {
      const called = (): void => {
        signal?.removeEventListener("abort", gaveUp);
        resolve(this.#leave());
      };
      const gaveUp = (): void => {
        this.#waiting.delete(called);
        reject(signal!.reason);
      };
      this.#waiting.add(called);
      signal?.addEventListener("abort", gaveUp, { once: true });
    });
  }

  #leave(): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // The place goes from hand to hand, so that nobody who comes just now can take it.
      const [next] = this.#waiting;
      if (next === undefined) {
        this.#inside -= 1;
        return;
      }
      this.#waiting.delete(next);
      next();
    };
  }
}
