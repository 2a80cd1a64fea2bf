/** The short way for what most requests are: a GET or HEAD without any wishes, of what is stored, whole and fresh (RFC 9111 §4). */

import type { Assessment } from "../cache/assess.ts";
import { assess, isFresh } from "../cache/assess.ts";
import type { CacheCounters } from "../cache/counters.ts";
import type { Rules } from "../cache/rules.ts";
import type { Store, Stored } from "../cache/store.ts";
import { matches } from "../cache/vary.ts";
import type { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import type { Answer } from "../web/handler.ts";
import { StoredAnswer, type Teller } from "./stored-answer.ts";

/** A stored response in memory, with room for what is known of it already. */
export interface QuickStored extends Stored {
  /** All of its content, where that is here in one piece. */
  readonly bytes: Uint8Array | undefined;
  /** Another response with the same key. */
  readonly sibling: QuickStored | undefined;
  /** Until when it is fresh: milliseconds since 1970 UTC; 0 where one must look. */
  freshUntil: number;
  /** Its bytes as they are sent at the moment. */
  answer: unknown;
}

/** A store that can be asked without so much as a list. */
export interface QuickStore extends Store {
  first(key: string): QuickStored | undefined;
}

/** @internal */
export const isQuick = (store: Store): boolean => "first" in store;

/** So many answers are held ready at a time, and so many bytes: they are copies of what is stored, and good for a second. */
const MOST_READY = 4096;
const MOST_READY_BYTES = 8 * 1024 * 1024;

/** Above, content is sent as it is: there is no copy to be counted. */
const LARGE = 32 * 1024;

/** @internal */
export class QuickAnswers {
  readonly #store: QuickStore;
  readonly #rules: Rules;
  readonly #teller: Teller;
  readonly #counters: CacheCounters;
  /** Those that hold an answer ready. */
  readonly #ready: QuickStored[] = [];
  #readyBytes = 0;
  #second = 0;

  constructor(store: QuickStore, rules: Rules, teller: Teller, counters: CacheCounters) {
    this.#store = store;
    this.#rules = rules;
    this.#teller = teller;
    this.#counters = counters;
  }

  /** The answer, if it is as simple as that. */
  answer(request: Request, key: string): Answer | undefined {
    const { fields } = request;
    if (hasWishes(fields)) return undefined;
    let stored = this.#store.first(key);
    if (stored === undefined) return undefined;
    if (stored.sibling !== undefined || stored.selecting.length > 0) stored = fitting(stored, fields);
    const now = this.#teller.clock.date();
    if (stored === undefined || now >= stored.freshUntil || stored.isInvalid) return undefined;
    const answer = this.#readyFor(stored, now) ?? this.#prepare(stored, now);
    if (answer === undefined) return undefined;
    this.#counters.hits += 1;
    this.#counters.bytesSaved += answer.body.length;
    return answer;
  }

  /** It was found fresh, by all rules: so it is until its time is over. */
  note(assessed: Assessment): void {
    const stored = assessed.stored as QuickStored;
    // Others are copies of what is elsewhere.
    if (stored.bytes === undefined || !isFresh(assessed) || stored.isInvalid) return;
    stored.freshUntil = this.#teller.clock.date() + assessed.lifetime.ms - assessed.age;
  }

  #readyFor({ answer }: QuickStored, now: number): StoredAnswer | undefined {
    return answer instanceof StoredAnswer && answer.second === Math.floor(now / 1000) ? answer : undefined;
  }

  #prepare(stored: QuickStored, now: number): StoredAnswer | undefined {
    const { bytes } = stored;
    if (bytes === undefined) return undefined;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      for (const one of this.#ready) one.answer = undefined;
      this.#ready.length = 0;
      this.#readyBytes = 0;
      this.#second = second;
    }
    const assessed = assess(stored, this.#rules, now);
    const old = { rule: "is fresh", section: "§4.2", field: "Age" };
    const answer = new StoredAnswer(assessed, bytes, now, [assessed.lifetime.because, old], this.#teller);
    const cost = stored.lines.length + (bytes.length > LARGE ? 0 : bytes.length);
    if (this.#ready.length < MOST_READY && this.#readyBytes + cost <= MOST_READY_BYTES) {
      stored.answer = answer;
      this.#ready.push(stored);
      this.#readyBytes += cost;
    }
    return answer;
  }
}

/** Whatever a cache would have to think about. */
const hasWishes = (fields: Fields): boolean =>
  fields.has("cache-control") ||
  fields.has("pragma") ||
  fields.has("range") ||
  fields.has("if-none-match") ||
  fields.has("if-modified-since") ||
  fields.has("if-match") ||
  fields.has("if-unmodified-since");

/** Of several, the one that is alike; undefined where one must look closer, since one without Vary is among them. */
function fitting(first: QuickStored, fields: Fields): QuickStored | undefined {
  let found: QuickStored | undefined;
  for (let one: QuickStored | undefined = first; one !== undefined; one = one.sibling) {
    if (one.selecting.length === 0) return undefined;
    if (!matches(one.selecting, fields)) continue;
    // Two that fit differ in what they vary with.
    if (found !== undefined) return undefined;
    found = one;
  }
  return found;
}
