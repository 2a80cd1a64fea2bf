/** Calls that wait, counted: time that is only simulated passes while somebody waits for it. */

/** Who is told of each call that waits, and of its end, when somebody's program goes on. */
export interface Waiting {
  begin(): void;
  end(): void;
}

/**
 * Where time passes by itself.
 *
 * @internal
 */
export const UNCOUNTED: Waiting = { begin() {}, end() {} };

/**
 * As long as somebody waits, the process does not end: as it is where the kernel has the sockets.
 *
 * @internal
 */
export class Awake implements Waiting {
  #count = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  begin(): void {
    if (this.#count++ === 0) this.#timer = setInterval(() => {}, LONGEST);
  }

  end(): void {
    if (--this.#count === 0) clearInterval(this.#timer);
  }
}

/** What a timer can count, in milliseconds: 24.8 days. */
const LONGEST = 2 ** 31 - 1;

/**
 * The answer to a call that waits.
 *
 * @example
 * let waiting = 0;
 * const answer = new Answer<number>({ begin: () => void waiting++, end: () => void waiting-- });
 * waiting; // 1
 * answer.resolve(7);
 * waiting; // 0
 * await answer.promise; // 7
 */
export class Answer<T> {
  readonly promise: Promise<T>;
  readonly #waiting: Waiting;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;

  constructor(waiting: Waiting) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.#waiting = waiting;
    this.#resolve = resolve;
    this.#reject = reject;
    waiting.begin();
  }

  /** Once, or `reject` once. */
  resolve(value: T): void {
    this.#waiting.end();
    this.#resolve(value);
  }

  /** Nobody needs to listen. */
  reject(error: Error): void {
    this.#waiting.end();
    this.promise.catch(ignore);
    this.#reject(error);
  }
}

/**
 * An error that comes by a promise, and waits there if nobody listens.
 *
 * @internal
 */
export function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  return promise;
}

const ignore = (): void => {};
