/**
 * What each of those who waited makes of what has come: who asked gets it as it came, the others as if it were stored
 * (RFC 9111 §4).
 */

import type { Account } from "../cache/account.ts";
import { askedOf } from "../cache/asked.ts";
import { type Assessment, ttlOf } from "../cache/assess.ts";
import type { CacheCounters } from "../cache/counters.ts";
import { type Decision, decide } from "../cache/decide.ts";
import type { Reason } from "../cache/reasons.ts";
import { ifError } from "../cache/stale.ts";
import { matches } from "../cache/vary.ts";
import type { Answer } from "../web/handler.ts";
import { answerFrom, suffices, toldAnswer } from "./answer-from.ts";
import { CountedBody } from "./counted-body.ts";
import type { Kept } from "./keeping.ts";
import { isForAll, type Landing } from "./landing.ts";
import type { Again, Journey, Means } from "./means.ts";
import { type Source, sourceOf } from "./source.ts";

type Of<Kind extends Landing["kind"]> = Extract<Landing, { kind: Kind }>;

/** @internal */
export class Arrival {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  /** For who asked. */
  first(landing: Landing, journey: Journey): Answer {
    const { counters, teller } = this.#means;
    const { fwd } = journey.decision;
    switch (landing.kind) {
      case "threw":
        throw landing.error;
      case "failed":
        counters.misses += 1;
        return toldAnswer(landing.answer, { hit: false, fwd, because: landing.because }, teller);
      case "own":
        counters.misses += 1;
        return toldAnswer(
          countedAnswer(landing.answer, counters),
          { hit: false, fwd, stored: false, because: landing.because },
          teller,
        );
      case "good":
        counters.revalidated += 1;
        return this.#fromStored(landing.assessed, journey, landing.because, { fwdStatus: 304 });
      case "stands in":
        counters.stale += 1;
        return this.#fromStored(landing.assessed, journey, landing.because, { fwdStatus: landing.status });
      case "kept": {
        counters.misses += 1;
        const { kept, answer, isCut, because } = landing;
        const account = accountOf(landing, journey, because);
        if (isCut) return answerFrom(journey.request, kept.assessed, kept.source, account, teller);
        const body = answer.body === undefined ? undefined : kept.source.whole();
        return toldAnswer({ ...answer, fields: answer.fields, body }, account, teller);
      }
    }
  }

  /** For who waited for another, and may have done so in vain. */
  other(landing: Landing, journey: Journey, again: Again): Answer | Promise<Answer> {
    const { past } = journey;
    switch (landing.kind) {
      case "threw":
      case "failed":
        // "A leader that fails lets another try": once. If that is in vain, too, it is so for all.
        return past.hasFailed ? this.first(landing, journey) : again({ ...past, hasFailed: true });
      case "own":
        return again(landing.isTelling ? { ...past, isAlone: true } : parted(past));
      case "stands in":
        return this.#standIn(landing, journey) ?? again({ ...past, isAlone: true });
      case "good":
      case "kept":
        return this.#shared(landing, journey) ?? again(this.#pastOf(landing, journey));
    }
  }

  /** Whether what has come would do for this one, too. */
  fits(landing: Landing, { request }: Journey): boolean {
    return (landing.kind === "good" || landing.kind === "kept") && this.#reuse(landing, request) !== undefined;
  }

  #shared(landing: Of<"good" | "kept">, journey: Journey): Answer | undefined {
    const { request } = journey;
    const reuse = this.#reuse(landing, request);
    if (reuse === undefined) return undefined;
    this.#means.counters.collapsed += 1;
    if (landing.kind === "good") {
      return this.#fromStored(reuse.chosen, journey, landing.because, { fwdStatus: 304, collapsed: true });
    }
    const account = { ...accountOf(landing, journey, reuse.because), collapsed: true };
    return answerFrom(request, reuse.chosen, landing.kept.source, account, this.#means.teller);
  }

  #reuse(landing: Of<"good" | "kept">, request: Journey["request"]): Extract<Decision, { do: "reuse" }> | undefined {
    if (!isForAll(landing)) return undefined;
    const { clock, rules } = this.#means;
    const { assessed } = landing.kind === "kept" ? landing.kept : landing;
    const now = clock.date();
    const isHere = (): boolean => landing.kind === "good" || hasAll(request, landing.kept, now);
    const decision = decide(request, [assessed.stored], now, rules, isHere);
    return decision.do === "reuse" && !decision.isStale ? decision : undefined;
  }

  /** Where it was for others, those who want the same as he may wait for one of them; else he goes alone. */
  #pastOf(landing: Of<"good" | "kept">, { request, past }: Journey): Journey["past"] {
    const { assessed } = landing.kind === "kept" ? landing.kept : landing;
    return matches(assessed.stored.selecting, request.fields) ? { ...past, isAlone: true } : parted(past);
  }

  /** It may be that only who asked allows something stale. */
  #standIn({ assessed, status, because }: Of<"stands in">, journey: Journey): Answer | undefined {
    const { rules, counters, clock } = this.#means;
    const { fields } = journey.request;
    if (!matches(assessed.stored.selecting, fields)) return undefined;
    if (!suffices(journey.request, assessed, assessed.stored.content, clock.date())) return undefined;
    if (ifError(assessed, askedOf(fields), rules, status !== undefined) === undefined) return undefined;
    counters.stale += 1;
    return this.#fromStored(assessed, journey, because, { fwdStatus: status, collapsed: true });
  }

  #fromStored(
    assessed: Assessment,
    { request, decision }: Journey,
    because: readonly Reason[],
    more: Pick<Account, "fwdStatus" | "collapsed">,
  ): Answer {
    const { counters, teller } = this.#means;
    const account: Account = { hit: false, fwd: decision.fwd, ttl: ttlOf(assessed), because, ...more };
    const answer = answerFrom(request, assessed, sourceOf(assessed.stored.content), account, teller);
    counters.bytesSaved += answer.body?.length ?? 0;
    return answer;
  }
}

/**
 * The answer, with its content counted as it passes: it was fetched.
 *
 * @internal
 */
export function countedAnswer(answer: Answer, counters: Pick<CacheCounters, "bytesFetched">): Answer {
  const { body, fields } = answer;
  if (body === undefined) return answer;
  const count = (bytes: number): void => {
    counters.bytesFetched += bytes;
  };
  if (!(body instanceof Uint8Array)) return { ...answer, fields, body: new CountedBody(body, count) };
  count(body.length);
  return answer;
}

const parted = (past: Journey["past"]): Journey["past"] =>
  past.wasParted ? { ...past, isAlone: true } : { ...past, wasParted: true };

function hasAll(request: Journey["request"], { assessed, source }: Kept, now: number): boolean {
  const { range, length } = source as Source;
  return range === undefined || suffices(request, assessed, { length: length!, ranges: [range] }, now);
}

function accountOf({ kept, answer }: Of<"kept">, { decision }: Journey, because: readonly Reason[]): Account {
  const { assessed, isStored } = kept;
  return {
    hit: false,
    fwd: decision.fwd,
    fwdStatus: answer.status,
    ttl: ttlOf(assessed),
    stored: isStored,
    because,
  };
}
