/**
 * Which requests want the same, so that one may ask for all: the same key, and alike in what the answers vary with (RFC
 * 9111 §4).
 */

import type { Clock } from "../base/clock.ts";
import { askedOf, isForOrigin } from "../cache/asked.ts";
import { selectingFields } from "../cache/vary.ts";
import type { Fields } from "../http/fields.ts";
import type { Journey } from "./means.ts";
import { Memories } from "./memories.ts";
import { type RangeMiss, sliced } from "./range-miss.ts";

/** How long it is remembered that the answers for a key are not for all, so that nobody waits for another's in vain. */
const ALONE_MS = 60_000;

/** Keys of which something is remembered; each costs some hundred bytes. */
const MOST_MEMORIES = 10_000;

/**
 * Remembers what the answers of late have shown: with what they vary, and which are for each alone.
 *
 * @example
 * const keys = new FlightKeys(clock, "pass");
 * const decision = { do: "ask", fwd: "uri-miss", chosen: undefined, candidates: [], because: [] } as const;
 * const past = { hasFailed: false, wasParted: false, isAlone: false };
 * const journey = { request, key: "http://localhost/menu.txt", uri: "http://localhost/menu.txt", decision, past };
 * const other = { ...journey, request: { ...request, fields: Fields.of({ Accept: "image/png" }) } };
 * keys.of(journey) === keys.of(other); // true
 * keys.vary(journey, "Accept");
 * keys.of(journey) === keys.of(other); // false
 */
export class FlightKeys {
  readonly #clock: Clock;
  readonly #rangeMiss: RangeMiss;
  /** Until when the answers are for each alone. */
  readonly #alone = new Memories<number>(MOST_MEMORIES);
  readonly #varies = new Memories<string>(MOST_MEMORIES);

  constructor(clock: Clock, rangeMiss: RangeMiss) {
    this.#clock = clock;
    this.#rangeMiss = rangeMiss;
  }

  /** By which others are recognised who want the same; undefined where this one goes alone. */
  of(journey: Journey): string | undefined {
    if (journey.past.isAlone || !mayWait(journey)) return undefined;
    const what = this.#what(journey);
    if (what === undefined) return undefined;
    const flightKey = this.always(journey) + what;
    const until = this.#alone.get(flightKey);
    return until !== undefined && until > this.#clock.date() ? undefined : flightKey;
  }

  /** The same for who asks in the background: also where the answers are for each alone. */
  always({ request, key }: Pick<Journey, "request" | "key">): string {
    return `${key}\0${this.#selection(key, request.fields)}`;
  }

  /** Those of the request's fields that the answers for this key are known to vary with. */
  #selection(key: string, fields: Fields): string {
    const vary = this.#varies.get(key);
    return vary === undefined ? "" : JSON.stringify(selectingFields(vary, fields));
  }

  /** What of it is asked for: all of it, or a slice. Undefined where that is for one alone. */
  #what({ request, decision }: Journey): string | undefined {
    const { fields } = request;
    const { chosen } = decision;
    const isRange = fields.has("range");
    if (!isRange && !isConditional(fields)) return "";
    // What is stored whole is asked about as a whole.
    if (chosen !== undefined && chosen.stored.content.ranges === undefined) return "";
    const slice = isRange && !isConditional(fields) ? sliced(request, decision, this.#rangeMiss) : undefined;
    return slice === "whole" ? "" : slice;
  }

  /** The answers vary with this, or with nothing. */
  vary({ key }: Pick<Journey, "key">, vary: string | undefined): void {
    if (vary === undefined) this.#varies.delete(key);
    else this.#varies.set(key, vary);
  }

  /** What came was for one alone: so nobody waits for a while. */
  noteAlone(flightKey: string): void {
    this.#alone.set(flightKey, this.#clock.date() + ALONE_MS);
  }

  /** What came was for all. */
  noteShared(flightKey: string): void {
    this.#alone.delete(flightKey);
  }
}

/** Whether it may be content with what another has asked for. */
function mayWait({ request, decision }: Journey): boolean {
  const { method, fields } = request;
  if (method !== "GET" || decision.fwd === "request" || fields.has("authorization") || isForOrigin(fields))
    return false;
  if (!fields.has("cache-control") && !fields.has("pragma")) return true;
  const asked = askedOf(fields);
  return !asked.has("no-store") && !asked.has("no-cache");
}

const isConditional = (fields: Fields): boolean => fields.has("if-none-match") || fields.has("if-modified-since");
