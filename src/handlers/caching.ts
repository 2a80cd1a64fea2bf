/** Remembers answers, before asking for them again: a handler around a handler (RFC 9111). */

import { type Clock, realClock } from "../base/clock.ts";
import type { Account, Telling } from "../cache/account.ts";
import { ttlOf } from "../cache/assess.ts";
import { type CacheCounters, newCounters } from "../cache/counters.ts";
import { type Decision, decide } from "../cache/decide.ts";
import type { Asked, Explanation } from "../cache/explanation.ts";
import { CacheKeys, type KeyRules, PLAIN_KEY } from "../cache/key.ts";
import type { Reason } from "../cache/reasons.ts";
import { DEFAULT_RULES, type Rules } from "../cache/rules.ts";
import { originOfKey } from "../cache/said.ts";
import { meaning } from "../cache/selection.ts";
import type { Purging, Selection, Soon, Store, Stored } from "../cache/store.ts";
import type { Request } from "../http/message.ts";
import { isSafe } from "../http/methods.ts";
import { isPrepared } from "../http/prepared.ts";
import { upgradeOf } from "../http/upgrade.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { answerFrom, suffices, told, toldAnswer } from "./answer-from.ts";
import { countedAnswer } from "./arrival.ts";
import { Changing, METHOD } from "./changing.ts";
import { Completing } from "./completing.ts";
import { explain, NO_URI } from "./explaining.ts";
import { Fetching } from "./fetching.ts";
import { Heading } from "./heading.ts";
import { Keeping } from "./keeping.ts";
import type { Means, Past } from "./means.ts";
import { isQuick, QuickAnswers, type QuickStore } from "./quick-answers.ts";
import type { RangeMiss } from "./range-miss.ts";
import { sourceOf } from "./source.ts";
import { SteadyStore } from "./steady-store.ts";
import type { Teller } from "./stored-answer.ts";
import { UnderWay } from "./under-way.ts";

export interface CachingOptions {
  readonly store: Store;
  /** Who we are, in Cache-Status. Default "maitred". */
  readonly name?: string;
  readonly rules?: Partial<Rules>;
  readonly key?: Partial<KeyRules>;
  /** How much Cache-Status tells. Default "full". */
  readonly telling?: Telling;
  /** What is done about a range of which nothing is stored. Default "pass". */
  readonly rangeMiss?: RangeMiss;
  readonly clock?: Clock;
}

/** A handler, and what one can ask of it besides. */
export interface Caching {
  (request: Request, exchange: Exchange): Answer | Promise<Answer>;
  readonly store: Store;
  readonly counters: CacheCounters;
  /** What would be done with this request now. */
  explain(request: Asked): Promise<Explanation>;
  /** Says how many stored responses that were. */
  purge(which: Selection, how: Purging): Promise<number>;
}

/**
 * A shared cache before a handler: what may be stored is stored, what is stored is used as long as it may be, and all
 * that is wanted at once is asked for once.
 *
 * @example
 * const cached = caching(handler, { store: new MemoryStore({ budget: 64 * 1024 * 1024 }) });
 * (await cached(request, exchange)).status; // 204
 * cached.counters.misses; // 1
 */
export function caching(handler: Handler, options: CachingOptions): Caching {
  const cache = new Cache(handler, options);
  const handle: Handler = (request, exchange) => cache.handle(request, exchange);
  return Object.assign(handle, {
    store: options.store,
    counters: cache.counters,
    explain: (request: Asked) => cache.explain(request),
    purge: (which: Selection, how: Purging) => cache.purge(which, how),
  });
}

type Decided<Do extends Decision["do"]> = Extract<Decision, { do: Do }>;

/** A request that wants to read, and what it has been through. */
interface Visit {
  readonly request: Request;
  readonly exchange: Exchange;
  readonly key: string;
  readonly uri: string;
  readonly past: Past;
}

class Cache {
  readonly counters = newCounters();
  readonly #handler: Handler;
  readonly #store: Store;
  readonly #rules: Rules;
  readonly #keys: CacheKeys;
  readonly #clock: Clock;
  readonly #teller: Teller;
  readonly #quick: QuickAnswers | undefined;
  readonly #underWay = new UnderWay();
  readonly #keeping: Keeping;
  readonly #fetching: Fetching;
  readonly #completing: Completing;
  readonly #heading: Heading;
  readonly #changing: Changing;

  constructor(handler: Handler, options: CachingOptions) {
    const { name = "maitred", telling = "full", rangeMiss = "pass", clock = realClock } = options;
    const store = new SteadyStore(options.store);
    const rules = { ...DEFAULT_RULES, ...options.rules };
    const teller = { name, telling, clock };
    const { counters } = this;
    this.#handler = handler;
    this.#store = store;
    this.#rules = rules;
    this.#keys = new CacheKeys({ ...PLAIN_KEY, ...options.key });
    this.#clock = clock;
    this.#teller = teller;
    this.#keeping = new Keeping(store, rules, counters);
    // What is at hand is asked without any detour.
    this.#quick = isQuick(options.store)
      ? new QuickAnswers(options.store as QuickStore, rules, teller, counters)
      : undefined;
    const [keeping, underWay] = [this.#keeping, this.#underWay];
    const means: Means = { handler, store, keeping, underWay, rules, clock, counters, teller, rangeMiss };
    this.#fetching = new Fetching(means);
    this.#completing = new Completing(means);
    this.#heading = new Heading(means);
    this.#changing = new Changing(means, this.#keys, (which, how) => this.#purge(which, how));
  }

  handle(request: Request, exchange: Exchange): Answer | Promise<Answer> {
    const { method } = request;
    const isReading = method === "GET" || method === "HEAD";
    if (!isReading && isSafe(method)) return this.#pass(request, exchange, METHOD);
    if (method === "CONNECT") return this.#handler(request, exchange);
    const key = this.#keys.of(request, exchange.secure);
    if (key === undefined) return this.#pass(request, exchange, NO_URI);
    if (!isReading) return this.#change(request, exchange, key);
    if (request.body !== undefined) return this.#pass(request, exchange, HAS_CONTENT);
    if (upgradeOf(request) !== undefined) return this.#pass(request, exchange, UPGRADES);
    return this.#quick?.answer(request, key) ?? this.#read(request, exchange, key, BEGINNING);
  }

  // ── reading ──

  #read(request: Request, exchange: Exchange, key: string, past: Past): Answer | Promise<Answer> {
    const uri = this.#keys.uriOf(request, exchange.secure)!;
    const why = this.#bypass(uri);
    if (why !== undefined) return this.#pass(request, exchange, why);
    const visit = { request, exchange, key, uri, past };
    const found = this.#store.find(key);
    if (found instanceof Promise) return found.then((stored) => this.#decided(visit, stored, false));
    return this.#decided(visit, found, false);
  }

  /** `isAll`: there is no more to be found further away. */
  #decided(visit: Visit, stored: readonly Stored[], isAll: boolean): Answer | Promise<Answer> {
    const { request, key } = visit;
    const decision = this.#decide(request, stored);
    if (decision.do === "reuse") {
      if (decision.refresh) this.#refresh(visit, decision);
      else if (!decision.isStale) this.#quick?.note(decision.chosen);
      return this.#reuse(request, decision);
    }
    const deeper = isAll ? undefined : this.#store.deeper?.(key);
    if (deeper !== undefined) return deeper.then((all) => this.#decided(visit, all, true));
    switch (decision.do) {
      case "refuse":
        return this.#refuse(request, decision.because);
      case "complete":
        return this.#complete(visit, decision);
      case "ask":
        return this.#ask(visit, decision);
    }
  }

  #decide(request: Pick<Request, "method" | "fields">, stored: readonly Stored[]): Decision {
    const now = this.#clock.date();
    return decide(request, stored, now, this.#rules, (one) => {
      return one.content.ranges === undefined || suffices(request, this.#keeping.assessed(one, now), one.content, now);
    });
  }

  #reuse(request: Request, { chosen, isStale, because }: Decided<"reuse">): Answer {
    if (isStale) this.counters.stale += 1;
    else this.counters.hits += 1;
    const account: Account = { hit: true, ttl: ttlOf(chosen), because };
    const answer = answerFrom(request, chosen, sourceOf(chosen.stored.content), account, this.#teller);
    this.counters.bytesSaved += answer.body?.length ?? 0;
    return answer;
  }

  #refresh({ request, exchange, key, uri, past }: Visit, { chosen, because }: Decided<"reuse">): void {
    const decision = { do: "ask", fwd: "stale", chosen, candidates: [chosen], because } as const;
    this.#fetching.refresh({ request, key, uri, decision, past }, exchange);
  }

  /** "respond with either a stored response … or a 504 (Gateway Timeout) status code" – §5.2.1.7. */
  #refuse(request: Request, because: readonly Reason[]): Answer {
    this.counters.misses += 1;
    const page = statusPage(504, request, "Nothing is stored that would do, and you want nothing else");
    const account: Account = { hit: false, because };
    const fields = told(page.fields, 0, account, this.#teller).delete("age");
    return { ...page, fields, account: () => account };
  }

  async #complete(visit: Visit, decision: Decided<"complete">): Promise<Answer> {
    const { request, exchange, key, uri, past } = visit;
    const { chosen, because } = decision;
    const whole = { do: "ask", fwd: "partial", chosen, candidates: [chosen], because } as const;
    if (!this.#fetching.isAsking({ request, key, uri, decision: whole, past })) {
      const answer = await this.#completing.complete({ request, key, uri, decision }, exchange);
      if (answer !== undefined) return answer;
    }
    return this.#ask(visit, whole);
  }

  #ask({ request, exchange, key, uri, past }: Visit, decision: Decided<"ask">): Answer | Promise<Answer> {
    const journey = { request, key, uri, decision, past };
    if (request.method === "HEAD") return this.#heading.ask(journey, exchange);
    return this.#fetching.ask(journey, exchange, (past) => this.#read(request, exchange, key, past));
  }

  // ── all else ──

  #bypass(uri: string): Reason | undefined {
    const { bypasses } = this.#rules;
    const pattern = bypasses.length === 0 ? undefined : bypasses.find((pattern) => pattern.test(uri));
    return pattern && { rule: "is left alone", section: "configuration", value: `--no-cache ${pattern.text}` };
  }

  /** Not the cache's business. */
  #pass(request: Request, exchange: Exchange, because: Reason): Answer | Promise<Answer> {
    const { counters } = this;
    counters.bypassed += 1;
    const account: Account = { hit: false, fwd: because === METHOD ? "method" : "bypass", because: [because] };
    const tell = (answer: Answer): Answer =>
      isPrepared(answer) ? answer : toldAnswer(countedAnswer(answer, counters), account, this.#teller);
    const answer = this.#handler(request, exchange);
    return answer instanceof Promise ? answer.then(tell) : tell(answer);
  }

  #change(request: Request, exchange: Exchange, key: string): Promise<Answer> {
    const uri = this.#keys.uriOf(request, exchange.secure)!;
    return this.#changing.pass(request, exchange, key, uri, this.#bypass(uri) === undefined);
  }

  async purge(which: Selection, how: Purging): Promise<number> {
    const purged = await this.#purge(which, how);
    this.counters.purged += purged;
    return purged;
  }

  #purge(which: Selection, how: Purging): Soon<number> {
    const isMeant = meaning(which);
    const isInDoubt = (key: string): boolean => {
      // By its tags one cannot tell what is still on its way: so all of it may be meant.
      if (which.by === "tag") return true;
      return which.by === "group" ? originOfKey(key) === which.origin : isMeant({ key, tags: [], groups: [] });
    };
    const outdate = (): void => this.#underWay.outdate(isInDoubt);
    outdate();
    const purged = this.#store.purge(which, how);
    if (!(purged instanceof Promise)) return purged;
    // Who has asked meanwhile may have found what is gone now.
    return purged.then((count) => {
      outdate();
      return count;
    });
  }

  explain(request: Asked): Promise<Explanation> {
    return explain(request, {
      store: this.#store,
      keys: this.#keys,
      keeping: this.#keeping,
      rules: this.#rules,
      now: () => this.#clock.date(),
      decide: (asked, stored) => this.#decide(asked, stored),
      bypass: (uri) => this.#bypass(uri),
    });
  }
}

const BEGINNING: Past = { hasFailed: false, wasParted: false, isAlone: false };

const HAS_CONTENT: Reason = { rule: "has content, and what that means only the origin knows", section: "§2" };
const UPGRADES: Reason = { rule: "wants to go on in another protocol", section: "RFC 9110 §7.8" };
