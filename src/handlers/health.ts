/** Asks each upstream now and then whether it is well, so that no request need find out that it is not. */

import { type Alarm, type Clock, realClock } from "../base/clock.ts";
import { Random } from "../base/random.ts";
import type { Balancer, Member } from "./balancer.ts";
import type { Upstream } from "./upstream.ts";

export interface HealthOptions {
  /** Asks an upstream for a path and gives the status it answers with. Has to fail soon once the signal is aborted. */
  readonly ask: (upstream: Upstream, path: string, signal: AbortSignal) => Promise<number>;
  /** What is asked for, below the upstream's own path; 2xx and 3xx are good answers. */
  readonly path: string;
  /** From the end of one check to the next, in milliseconds, give or take a tenth. Default 5 s. */
  readonly interval?: number;
  /** How long an answer may take. Default 2 s. */
  readonly timeout?: number;
  /** How many good checks in a row make well again who was ill. Default 2. */
  readonly rises?: number;
  /** How many bad checks in a row make ill who was well. Default 3. */
  readonly falls?: number;
  readonly clock?: Clock;
  /** By which checks of several upstreams, or by several proxies, do not all come at once. */
  readonly random?: Random;
}

/** The first checks are spread over so long, or over an interval where that is shorter. */
const FIRST = 1000;

/**
 * Checks all members of a balancer until it is stopped, one check at a time for each of them. The first check
 * alone decides: before it nothing is known, and an upstream that is down when we start is to be known for it at
 * once. Until then it counts as well. Throws a TypeError for what is no path, a RangeError for a number that is none above 0.
 *
 * @example
 * const balancer = new Balancer([parseUpstream("localhost:3000")]);
 * const watch = watchHealth(balancer, { ask: async () => 200, path: "/health" });
 * watch.stop();
 */
export function watchHealth(balancer: Pick<Balancer, "members">, options: HealthOptions): { stop(): void } {
  const rules: Rules = {
    interval: 5000,
    timeout: 2000,
    rises: 2,
    falls: 3,
    clock: realClock,
    random: new Random(Math.random() * 2 ** 32),
    ...options,
  };
  if (!/^\/[!"$-~]*$/.test(rules.path)) {
    throw new TypeError(`Cannot check the health of upstreams: ${JSON.stringify(rules.path)} is not a path`);
  }
  for (const name of ["interval", "timeout", "rises", "falls"] as const) {
    if (rules[name] > 0) continue;
    throw new RangeError(`Cannot check the health of upstreams: ${name} is ${rules[name]}, which is not above 0`);
  }
  const checkups = balancer.members.map((member) => new Checkup(member, rules));
  return {
    stop() {
      for (const checkup of checkups) checkup.stop();
    },
  };
}

type Rules = Required<HealthOptions>;

/** One member's checks, one after the other. */
class Checkup {
  readonly #member: Member;
  readonly #rules: Rules;
  #next: Alarm;
  /** Of the check under way. */
  #asking: AbortController | undefined;
  #isStopped = false;
  #isFirst = true;
  /** How many checks in a row have said the contrary of what we hold. */
  #contrary = 0;

  constructor(member: Member, rules: Rules) {
    this.#member = member;
    this.#rules = rules;
    this.#next = this.#checkIn(Math.min(FIRST, rules.interval) * rules.random.fraction());
  }

  stop(): void {
    this.#isStopped = true;
    this.#next.cancel();
    this.#asking?.abort(new Error("The health checks have been stopped"));
  }

  #checkIn(ms: number): Alarm {
    return this.#rules.clock.after(ms, () => void this.#check());
  }

  async #check(): Promise<void> {
    const { interval, random } = this.#rules;
    const why = await this.#illness();
    if (this.#isStopped) return;
    this.#take(why);
    this.#next = this.#checkIn(interval * (0.9 + 0.2 * random.fraction()));
  }

  /** Why the member is ill, for people; undefined where it is well. */
  async #illness(): Promise<string | undefined> {
    const { ask, path, timeout, clock } = this.#rules;
    const asking = new AbortController();
    this.#asking = asking;
    const limit = clock.after(timeout, () => asking.abort(new Error("The health check takes too long")));
    try {
      const status = await ask(this.#member.upstream, path, asking.signal);
      asking.signal.throwIfAborted();
      return status >= 200 && status < 400 ? undefined : `its health check was answered with ${status}`;
    } catch (error) {
      if (asking.signal.aborted) return `its health check was not answered in ${timeout / 1000} s`;
      return `its health check failed (${error instanceof Error ? error.message : String(error)})`;
    } finally {
      limit.cancel();
      this.#asking = undefined;
    }
  }

  #take(why: string | undefined): void {
    const { rises, falls } = this.#rules;
    const isWell = why === undefined;
    this.#contrary = isWell === this.#member.isUp ? 0 : this.#contrary + 1;
    if (this.#isFirst || this.#contrary >= (isWell ? rises : falls)) {
      this.#contrary = 0;
      this.#member.setHealth(isWell, why);
    }
    this.#isFirst = false;
  }
}
