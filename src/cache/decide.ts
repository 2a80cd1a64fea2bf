/** What to do with a request: use what is stored, ask whether it is still good, or ask for another (RFC 9111 §4). */

import { parseDate } from "../http/dates.ts";
import { isEntityTag } from "../http/etags.ts";
import type { Fields } from "../http/fields.ts";
import { askedOf, isForOrigin } from "./asked.ts";
import { type Assessment, assess, isFresh } from "./assess.ts";
import { choose } from "./choose.ts";
import type { Directives } from "./directives.ts";
import { type Reason, spokenTime } from "./reasons.ts";
import type { Rules } from "./rules.ts";
import { forbidsStale, whileRevalidating } from "./stale.ts";
import type { Stored } from "./store.ts";
import { isForAll } from "./storing.ts";

/** Why a request goes on to its origin, by the names of RFC 9211 §2.2. */
export type Forward = "bypass" | "method" | "uri-miss" | "vary-miss" | "miss" | "request" | "stale" | "partial";

export type Decision =
  /** As it is; `isStale`: though it is stale; `refresh`: and is asked about in the background. */
  | {
      readonly do: "reuse";
      readonly chosen: Assessment;
      readonly isStale: boolean;
      readonly refresh: boolean;
      readonly because: readonly Reason[];
    }
  /** Bytes are missing, of a response that is good otherwise. */
  | { readonly do: "complete"; readonly chosen: Assessment; readonly because: readonly Reason[] }
  /**
   * Ask; what is stored may turn out to be good. `chosen` is what fits the request, if any does; `candidates` are all
   * that there are.
   */
  | {
      readonly do: "ask";
      readonly fwd: Forward;
      readonly chosen: Assessment | undefined;
      readonly candidates: readonly Assessment[];
      readonly because: readonly Reason[];
    }
  /** It wants only what is stored, and nothing is that would do. */
  | { readonly do: "refuse"; readonly because: readonly Reason[] };

/** A request, as far as this matters. */
export interface Presented {
  readonly method: string;
  readonly fields: Fields;
}

/**
 * What to do with a GET or HEAD. `suffices`: whether the bytes that are stored are all that this request needs.
 *
 * @example
 * const request = { method: "GET", fields: new Fields() };
 * decide(request, [stored], stored.responseTime + 1000, DEFAULT_RULES, () => true).do; // "reuse"
 */
export function decide(
  request: Presented,
  stored: readonly Stored[],
  now: number,
  rules: Rules,
  suffices: (stored: Stored) => boolean,
): Decision {
  const asked = askedOf(request.fields);
  const decision = decideFreely(request, asked, stored, now, rules, suffices);
  if (!asked.has("only-if-cached") || decision.do === "reuse") return decision;
  const only = {
    rule: "wants only what is stored",
    section: "§5.2.1.7",
    field: "Cache-Control",
    value: "only-if-cached",
  };
  return { do: "refuse", because: [...decision.because, only] };
}

function decideFreely(
  request: Presented,
  asked: Directives,
  stored: readonly Stored[],
  now: number,
  rules: Rules,
  suffices: (stored: Stored) => boolean,
): Decision {
  const candidates = stored.map((one) => assess(one, rules, now)).filter(isForOthers);
  if (candidates.length === 0) {
    return { do: "ask", fwd: "uri-miss", chosen: undefined, candidates, because: [NOTHING] };
  }
  const choice = choose(candidates, request.fields, rules);
  if (choice === undefined) {
    return { do: "ask", fwd: "vary-miss", chosen: undefined, candidates, because: [unlike(candidates[0]!)] };
  }
  const { chosen } = choice;
  const ask = (fwd: Forward, ...because: readonly Reason[]): Decision => ({
    do: "ask",
    fwd,
    chosen,
    candidates,
    because: [...choice.because, ...because],
  });
  if (isForOrigin(request.fields)) return ask("request", FOR_ORIGIN);
  const use = usability(chosen, asked);
  if (request.method === "GET" && !suffices(chosen.stored)) {
    // Without one, nobody could tell that other bytes are of the same whole (§3.4). A server that gives none at all
    // mostly has no ranges either: asked for the rest, it gives the whole, which would be asked for anyway.
    if (hasStrongValidator(chosen) || (use.may && !use.isStale && hasNoValidator(chosen))) {
      return { do: "complete", chosen, because: [...choice.because, ...use.because, PARTIAL] };
    }
    return ask("partial", ...use.because, PARTIAL);
  }
  if (!use.may) return ask(use.isWish ? "request" : "stale", ...use.because);
  const { isStale, refresh } = use;
  return { do: "reuse", chosen, isStale, refresh, because: [...choice.because, ...use.because] };
}

/** It may have been updated since it was stored, and not be for all any more (§3.5). */
const isForOthers = ({ stored, terms }: Assessment): boolean => !stored.isAuthorized || isForAll(terms);

interface Use {
  readonly may: boolean;
  readonly isStale: boolean;
  readonly refresh: boolean;
  /** Whether it is only the request that does not want it. */
  readonly isWish: boolean;
  readonly because: readonly Reason[];
}

/** Whether a stored response may be used without asking, by its own terms and by what the request wants. */
function usability(chosen: Assessment, asked: Directives): Use {
  const { terms, lifetime, age, stored } = chosen;
  const isStale = !isFresh(chosen);
  const no = (isWish: boolean, ...because: readonly Reason[]): Use => ({
    may: false,
    isStale,
    refresh: false,
    isWish,
    because,
  });
  if (stored.isInvalid || terms.directives.isWhole("no-cache")) return no(false, forbidsStale(chosen, true)!);

  const old: Reason = { rule: `is ${spokenTime(age)} old`, section: "§4.2.3", field: "Age" };
  const leave = isStale ? staleness(chosen, asked) : undefined;
  if (isStale && leave === undefined) return no(false, lifetime.because, { ...old, rule: `${old.rule}, and so stale` });
  const unmet = unfulfilled(chosen, asked);
  if (unmet !== undefined) return no(!isStale, lifetime.because, old, unmet);
  const because = leave === undefined ? [lifetime.because, old] : [lifetime.because, old, leave];
  const refresh = leave?.section.startsWith("RFC 5861") ?? false;
  return { may: true, isStale, refresh, isWish: false, because };
}

/** Why a stale response may be used all the same. */
function staleness(chosen: Assessment, asked: Directives): Reason | undefined {
  if (asked.has("no-cache")) return undefined;
  const late = chosen.age - chosen.lifetime.ms;
  if (late <= acceptedStaleness(asked) * 1000 && forbidsStale(chosen, false) === undefined) {
    return wish(asked, "max-stale", "§5.2.1.2", `stale for ${spokenTime(late)}, which the request accepts`);
  }
  // Who names an age, or says how fresh it must be, does not want a stale one.
  if (asked.has("max-age") || asked.has("min-fresh")) return undefined;
  return whileRevalidating(chosen);
}

/** In seconds. "If no value is assigned to max-stale, then the client will accept a stale response of any age". */
function acceptedStaleness(asked: Directives): number {
  if (!asked.has("max-stale")) return Number.NaN;
  return asked.argument("max-stale") === undefined ? Infinity : asked.seconds("max-stale")!;
}

/** What the request wants, and a response does not fulfil (§5.2.1). Numbers that cannot be read are no wish. */
function unfulfilled(chosen: Assessment, asked: Directives): Reason | undefined {
  if (asked.isEmpty) return undefined;
  const { age, lifetime, terms } = chosen;
  if (asked.has("no-cache")) return wish(asked, "no-cache", "§5.2.1.4", "the request wants it asked about");
  // "SHOULD skip conditionally revalidating fresh responses containing the immutable extension unless there is a signal
  // from the client" – RFC 8246 §2.1: a mere reload, max-age=0, is none.
  const isImmutable = terms.directives.has("immutable") && isFresh(chosen);
  const most = asked.seconds("max-age");
  if (most !== undefined && age > most * 1000 && !isImmutable) {
    return wish(asked, "max-age", "§5.2.1.1", "too old for the request");
  }
  const least = asked.seconds("min-fresh");
  if (least !== undefined && lifetime.ms - age < least * 1000) {
    return wish(asked, "min-fresh", "§5.2.1.3", "not fresh for long enough for the request");
  }
  return undefined;
}

function wish(asked: Directives, name: string, section: string, rule: string): Reason {
  const argument = asked.argument(name);
  return { rule, section, field: "Cache-Control", value: argument === undefined ? name : `${name}=${argument}` };
}

/**
 * Whether it bears a validator by which parts of it can be told to be of the same whole (§3.4): a strong entity tag; or
 * a date of change that is older than the response by a second, so that it cannot have changed twice (RFC 9110
 * §8.8.2.2).
 *
 * @example
 * hasStrongValidator(assess(stored, DEFAULT_RULES, 0)); // true
 */
export const hasStrongValidator = (one: Assessment): boolean => strongValidator(one.fields, one.date) !== undefined;

const hasNoValidator = ({ fields }: Assessment): boolean => !fields.has("etag") && !fields.has("last-modified");

/**
 * The validator for an If-Range field; undefined where there is none that is strong.
 *
 * @example
 * strongValidator(Fields.of({ ETag: '"v1"' }), 0); // '"v1"'
 */
export function strongValidator(fields: Fields, date: number): string | undefined {
  const etag = fields.get("etag");
  if (etag !== undefined) return isEntityTag(etag) && !etag.startsWith("W/") ? etag : undefined;
  const modified = fields.get("last-modified");
  const at = modified === undefined ? undefined : parseDate(modified, date);
  return at !== undefined && at + 1000 <= date ? modified : undefined;
}

const NOTHING: Reason = { rule: "nothing is stored for it", section: "§4" };
const PARTIAL: Reason = { rule: "only a part of it is stored", section: "§3.3" };
const FOR_ORIGIN: Reason = { rule: "has preconditions that its origin must judge", section: "§4.3.2" };

function unlike({ stored }: Assessment): Reason {
  const names = stored.selecting.map(([name]) => name).join(", ");
  return { rule: "what is stored answers other requests", section: "§4.1", field: "Vary", value: `Vary: ${names}` };
}
