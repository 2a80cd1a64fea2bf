/**
 * HEAD, where what is stored does not answer it: it goes on, and what comes tells about what is stored (RFC 9111
 * §4.3.5).
 */

import type { Account } from "../cache/account.ts";
import { askedOf, isForOrigin } from "../cache/asked.ts";
import { type Assessment, ttlOf } from "../cache/assess.ts";
import { saidOf } from "../cache/said.ts";
import { ifError } from "../cache/stale.ts";
import { headTells } from "../cache/validation.ts";
import { matches } from "../cache/vary.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { answerFrom, toldAnswer } from "./answer-from.ts";
import type { Answered } from "./keeping.ts";
import type { Journey, Means } from "./means.ts";
import { sourceOf } from "./source.ts";

/** @internal */
export class Heading {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  async ask(journey: Journey, exchange: Exchange): Promise<Answer> {
    const { handler, clock, underWay } = this.#means;
    const { request, key, uri, decision } = journey;
    const trip = underWay.begin(key);
    try {
      const requestTime = clock.date();
      const answer = await handler(request, exchange);
      const responseTime = clock.date();
      if (answer.failure === undefined && answer.status === 200) {
        await this.#tell(decision.candidates, { request, key, uri, answer, requestTime, responseTime, trip });
      }
      return this.#standIn(journey, answer) ?? this.#passed(journey, answer);
    } finally {
      underWay.end(trip);
    }
  }

  #passed({ decision }: Journey, answer: Answer): Answer {
    const { counters, teller } = this.#means;
    const { fwd, because } = decision;
    counters.misses += 1;
    return toldAnswer(answer, { hit: false, fwd, stored: false, because }, teller);
  }

  /**
   * "each of its stored GET responses that could have been chosen for that request" is updated, or known to be
   * outdated.
   */
  async #tell(candidates: readonly Assessment[], answered: Answered): Promise<void> {
    const { store, keeping } = this.#means;
    const { request, answer, trip } = answered;
    for (const one of candidates) {
      // What it tells may be from before that was made invalid.
      if (trip.isOutdated) return;
      if (!matches(one.stored.selecting, request.fields)) continue;
      if (headTells(one, answer.fields) === "current") {
        await keeping.freshen(one, { ...answered, request: { ...request, method: "GET" } });
      } else {
        await store.freshen(one.stored, { ...saidOf(one.stored), isInvalid: true });
      }
    }
  }

  #standIn({ request, decision }: Journey, answer: Answer): Answer | undefined {
    const { failure, status } = answer;
    if (decision.chosen === undefined || (failure === undefined && status < 500)) return undefined;
    const { keeping, clock, rules, counters, teller } = this.#means;
    const { fields } = request;
    const chosen = keeping.assessed(decision.chosen.stored, clock.date());
    if (isForOrigin(fields) || ifError(chosen, askedOf(fields), rules, failure === undefined) === undefined) {
      return undefined;
    }
    cancel(answer);
    counters.stale += 1;
    const { fwd, because } = decision;
    const fwdStatus = failure === undefined ? status : undefined;
    const account: Account = { hit: false, fwd, fwdStatus, ttl: ttlOf(chosen), because };
    return answerFrom(request, chosen, sourceOf(chosen.stored.content), account, teller);
  }
}
