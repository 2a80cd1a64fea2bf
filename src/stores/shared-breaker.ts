/** Whether a store that others share may be asked, and how long it is waited for: a circuit breaker. */

import { type Clock, realClock } from "../base/clock.ts";

export interface BreakerOptions {
  /** The store's, for people. */
  readonly name: string;
  /** Hears of it when the store goes, and when it comes back. */
  readonly complain: (message: string) => void;
  /** How many failures in a row are enough. Default 3. */
  readonly failures?: number;
  /** For how long it is then left alone, in milliseconds. Default 1 s. */
  readonly pause?: number;
  readonly clock?: Clock;
}

/** For so long, in milliseconds, a store that comes and goes is not spoken of again. */
const QUIET = 60_000;

/** For so long, in milliseconds, nothing is written after a store said that it takes nothing. */
const REFUSED_FOR = 5000;

/** What a server says that works, but takes nothing: it is full, a replica, cannot save, or may not by its rules. */
const REFUSAL = /\b(?:OOM|READONLY|MISCONF|NOREPLICAS|NOPERM|user executing the script)\b/;

/**
 * Asks for as long as answers come. Whoever asks gets an answer in time, or undefined.
 *
 * @example
 * const breaker = new Breaker({ name: "redis://localhost", complain: console.log });
 * breaker.up();
 * await breaker.ask(100, async () => "PONG"); // "PONG"
 * breaker.down("the connection was closed");
 * await breaker.ask(100, async () => "PONG"); // undefined
 */
export class Breaker {
  readonly #rules: Required<BreakerOptions>;
  /** Why there is no connection. */
  #down: string | undefined = "it does not answer";
  /** Why it is left alone. */
  #failing: string | undefined;
  #failures = 0;
  #retryAt = 0;
  #isTrying = false;
  /** Why it takes nothing. */
  #refusal: string | undefined;
  #refusedUntil = 0;
  #isClosed = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** People have been told that it is gone. */
  #isTold = false;

  constructor(options: BreakerOptions) {
    this.#rules = { failures: 3, pause: 1000, clock: realClock, ...options };
  }

  /** Why it does not work at the moment, for people. */
  get trouble(): string | undefined {
    if (this.#isClosed) return "it is closed";
    return this.#down ?? this.#failing ?? this.#refusal;
  }

  up(): void {
    this.#down = undefined;
    this.#failing = undefined;
    this.#failures = 0;
    this.tell();
  }

  down(why: string): void {
    this.#down = why;
    this.tell();
  }

  /** Nothing is asked any more, and nobody is told. */
  close(): void {
    this.#isClosed = true;
  }

  mayAsk(): boolean {
    if (this.#down !== undefined || this.#isClosed) return false;
    return this.#failing === undefined || (!this.#isTrying && this.#rules.clock.now() >= this.#retryAt);
  }

  mayWrite(): boolean {
    return this.mayAsk() && (this.#refusal === undefined || this.#rules.clock.now() >= this.#refusedUntil);
  }

  /** The answer of `work`, undefined where there is none after `ms` milliseconds, it fails, or the store may not be asked. */
  ask<Answer>(ms: number, work: () => Promise<Answer>): Promise<Answer | undefined> {
    return this.#attempt(ms, work, false);
  }

  /** The same for what writes. */
  async write<Answer>(ms: number, work: () => Promise<Answer>): Promise<Answer | undefined> {
    if (!this.mayWrite()) return undefined;
    const answer = await this.#attempt(ms, work, true);
    if (answer === undefined || this.#refusal === undefined || this.#rules.clock.now() < this.#refusedUntil)
      return answer;
    this.#refusal = undefined;
    this.tell();
    return answer;
  }

  async #attempt<Answer>(ms: number, work: () => Promise<Answer>, isWrite: boolean): Promise<Answer | undefined> {
    if (!this.mayAsk()) return undefined;
    // Of those who ask after the pause, one tries it for all.
    const isTrial = this.#failing !== undefined;
    if (isTrial) this.#isTrying = true;
    try {
      const answer = await this.#within(ms, work());
      this.#succeed();
      return answer;
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
      if (isWrite && REFUSAL.test(why)) this.#refuse(why);
      else this.#fail(why);
      return undefined;
    } finally {
      if (isTrial) this.#isTrying = false;
    }
  }

  #within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const alarm = this.#rules.clock.after(ms, () => reject(new Error(`it did not answer within ${ms} ms`)));
      answer.then(
        (value) => {
          alarm.cancel();
          resolve(value);
        },
        (error: unknown) => {
          alarm.cancel();
          reject(error);
        },
      );
    });
  }

  #succeed(): void {
    this.#failures = 0;
    if (this.#failing === undefined) return;
    this.#failing = undefined;
    this.tell();
  }

  #fail(why: string): void {
    const { failures, pause, clock } = this.#rules;
    if (++this.#failures < failures) return;
    this.#failing = why;
    this.#retryAt = clock.now() + pause;
    this.tell();
  }

  #refuse(why: string): void {
    this.#refusal = why;
    this.#refusedUntil = this.#rules.clock.now() + REFUSED_FOR;
    // It does answer.
    this.#succeed();
    this.tell();
  }

  /** Tells of it, if it is gone or back, and that has not been told yet. */
  tell(): void {
    const { name, complain, clock } = this.#rules;
    const { trouble } = this;
    if (this.#isClosed || this.#isTold === (trouble !== undefined)) return;
    if (trouble === undefined) {
      this.#isTold = false;
      complain(`The shared store ${name} works again`);
    } else if (clock.now() >= this.#toldAt + QUIET) {
      this.#isTold = true;
      this.#toldAt = clock.now();
      const isReadable = this.#down === undefined && this.#failing === undefined;
      complain(
        isReadable
          ? `Cannot write to the shared store ${name}: ${trouble}; what it has is still used`
          : `Cannot use the shared store ${name}: ${trouble}; going on without it`,
      );
    }
  }
}
