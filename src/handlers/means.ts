/** What all requests through one cache have in common, and one of them that must go on to its server. */

import type { Clock } from "../base/clock.ts";
import type { CacheCounters } from "../cache/counters.ts";
import type { Decision } from "../cache/decide.ts";
import type { Rules } from "../cache/rules.ts";
import type { Store } from "../cache/store.ts";
import type { Request } from "../http/message.ts";
import type { Answer, Handler } from "../web/handler.ts";
import type { Keeping } from "./keeping.ts";
import type { RangeMiss } from "./range-miss.ts";
import type { Teller } from "./stored-answer.ts";
import type { UnderWay } from "./under-way.ts";

export interface Means {
  readonly handler: Handler;
  readonly store: Store;
  readonly keeping: Keeping;
  readonly underWay: UnderWay;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly counters: CacheCounters;
  readonly teller: Teller;
  readonly rangeMiss: RangeMiss;
}

/** A request that must go on, and why. */
export interface Journey {
  readonly request: Request;
  readonly key: string;
  readonly uri: string;
  readonly decision: Extract<Decision, { do: "ask" }>;
  readonly past: Past;
}

/** What a request has been through: for whom it waited in vain. */
export interface Past {
  /** One who asked in its stead, and got no answer. */
  readonly hasFailed: boolean;
  /** One whose answer was for others. */
  readonly wasParted: boolean;
  /** It waits for nobody any more. */
  readonly isAlone: boolean;
}

/** Begins from the start for a request that has been through this. */
export type Again = (past: Past) => Answer | Promise<Answer>;
