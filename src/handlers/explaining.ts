/** Says what a cache would do with a request, and why, without doing it. */

import { type Account, inWords } from "../cache/account.ts";
import { ttlOf, uriOf } from "../cache/assess.ts";
import type { Decision } from "../cache/decide.ts";
import type { Asked, Explanation, StoredExplanation } from "../cache/explanation.ts";
import type { CacheKeys } from "../cache/key.ts";
import type { Reason } from "../cache/reasons.ts";
import type { Rules } from "../cache/rules.ts";
import type { Store, Stored } from "../cache/store.ts";
import { mayStore } from "../cache/storing.ts";
import { Fields } from "../http/fields.ts";
import { entryOf } from "./cache-entries.ts";
import { METHOD } from "./changing.ts";
import type { Keeping } from "./keeping.ts";

/** What of a cache one must know to say what it would do. */
export interface Explained {
  readonly store: Store;
  readonly keys: CacheKeys;
  readonly keeping: Keeping;
  readonly rules: Rules;
  now(): number;
  decide(request: Asked, stored: readonly Stored[]): Decision;
  /** Why it leaves this URI alone, if it does. */
  bypass(uri: string): Reason | undefined;
}

/** @internal */
export async function explain(request: Asked, explained: Explained): Promise<Explanation> {
  const { store, keys, now, keeping } = explained;
  const key = keys.of(request, false);
  const left = whyLeft(request, explained);
  if (key === undefined || left !== undefined) {
    const account = left ?? leftAlone(NO_URI);
    return { key, account, words: inWords(account), stored: [] };
  }
  const stored = (await store.deeper?.(key)) ?? (await store.find(key));
  const decision = explained.decide(request, stored);
  const { because } = decision;
  const chosen = decision.do === "refuse" ? undefined : decision.chosen;
  const fwd = decision.do === "ask" ? decision.fwd : decision.do === "complete" ? "partial" : undefined;
  const ttl = chosen && ttlOf(keeping.assessed(chosen.stored, now()));
  const account: Account = { hit: decision.do === "reuse", fwd, ttl, key, because };
  return { key, account, words: inWords(account), stored: stored.map((one) => explainStored(one, explained)) };
}

function whyLeft(request: Asked, { keys, bypass }: Explained): Account | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") return { hit: false, fwd: "method", because: [METHOD] };
  const uri = keys.uriOf(request, false);
  const why = uri === undefined ? NO_URI : bypass(uri);
  return why === undefined ? undefined : leftAlone(why);
}

const leftAlone = (why: Reason): Account => ({ hit: false, fwd: "bypass", because: [why] });

function explainStored(stored: Stored, { keeping, rules, now }: Explained): StoredExplanation {
  const assessed = keeping.assessed(stored, now());
  const { fields, terms, lifetime } = assessed;
  const { key, groups, ...entry } = entryOf(assessed);
  const { status } = entry;
  const storable = { method: "GET", uri: uriOf(key), requestFields: NO_FIELDS, status, fields, terms };
  return { ...entry, because: [mayStore(storable, rules).because, lifetime.because] };
}

const NO_FIELDS = new Fields();

/**
 * Why there is nothing to look for.
 *
 * @internal
 */
export const NO_URI: Reason = { rule: "names no resource that could be stored", section: "§2" };
