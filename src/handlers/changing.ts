/**
 * Requests that may change something: they go through, and what they change is not used unasked any more (RFC 9111 §4,
 * §4.4).
 */

import type { Account } from "../cache/account.ts";
import { invalidatedBy } from "../cache/invalidation.ts";
import type { CacheKeys } from "../cache/key.ts";
import type { Reason } from "../cache/reasons.ts";
import type { Purging, Selection, Soon } from "../cache/store.ts";
import type { Request } from "../http/message.ts";
import type { Answer, Exchange } from "../web/handler.ts";
import { toldAnswer } from "./answer-from.ts";
import { countedAnswer } from "./arrival.ts";
import type { Means } from "./means.ts";

/** How responses are purged; says how many that were. */
type Purge = (which: Selection, how: Purging) => Soon<number>;

/** @internal */
export class Changing {
  readonly #means: Means;
  readonly #keys: CacheKeys;
  readonly #purge: Purge;

  constructor(means: Means, keys: CacheKeys, purge: Purge) {
    this.#means = means;
    this.#keys = keys;
    this.#purge = purge;
  }

  /**
   * "A cache MUST write through requests with methods that are unsafe" – §4. `uri` is the target's, `mayKeep` false
   * where its answers are left alone.
   */
  async pass(request: Request, exchange: Exchange, key: string, uri: string, mayKeep: boolean): Promise<Answer> {
    const { handler, counters, clock, keeping, teller, underWay } = this.#means;
    counters.bypassed += 1;
    const requestTime = clock.date();
    const answer = await handler(request, exchange);
    const account: Account = { hit: false, fwd: "method", because: [METHOD] };
    const passed = (): Answer => toldAnswer(countedAnswer(answer, counters), account, teller);
    if (answer.failure !== undefined || answer.tunnel !== undefined || answer.raw === true) return passed();
    for (const which of invalidatedBy(request.method, uri, answer.status, answer.fields, this.#keys)) {
      counters.invalidated += await this.#purge(which, "invalidate");
    }
    const trip = underWay.begin(key);
    const answered = { request, key, uri, answer, requestTime, responseTime: clock.date(), trip };
    // What answers a POST may be what a GET would get now (RFC 9110 §9.3.3).
    const may = mayKeep && request.method === "POST" && keeping.verdict(answered).mayStore;
    const kept = may ? keeping.whole(answered, { settled: () => underWay.end(trip) }) : undefined;
    if (kept === undefined) {
      underWay.end(trip);
      return passed();
    }
    const body = answer.body === undefined ? undefined : kept.source.whole();
    kept.live?.start();
    return toldAnswer({ ...answer, fields: answer.fields, body }, { ...account, stored: kept.isStored }, teller);
  }
}

/**
 * Why it is not for a cache to answer.
 *
 * @internal
 */
export const METHOD: Reason = { rule: "its method is for the origin", section: "§4" };
