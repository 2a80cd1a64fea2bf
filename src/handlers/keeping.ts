/** What of a server's answer is kept, and how: the road from an answer into a store (RFC 9111 §3). */

import { ageValue } from "../cache/age.ts";
import { type Assessment, assess } from "../cache/assess.ts";
import type { CacheCounters } from "../cache/counters.ts";
import { strongValidator } from "../cache/decide.ts";
import { corrected, type PlacedRange, placedRange } from "../cache/gaps.ts";
import type { Rules } from "../cache/rules.ts";
import type { Said } from "../cache/said.ts";
import type { Filling, Place, Store, Stored } from "../cache/store.ts";
import { fieldsOf, storedFields, updatedFields } from "../cache/stored-fields.ts";
import { mayStore, type StoringVerdict } from "../cache/storing.ts";
import { groupsOf, tagsOf } from "../cache/tags.ts";
import { termsOf } from "../cache/terms.ts";
import { selectingFields } from "../cache/vary.ts";
import { wholeContent } from "../cache/whole-content.ts";
import { Fields } from "../http/fields.ts";
import { isBodiless } from "../http/framing.ts";
import type { Body, Request } from "../http/message.ts";
import type { Answer } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { LiveContent } from "./live-content.ts";
import { liveSource, partSource, type Source, sourceOf } from "./source.ts";
import type { Trip } from "./under-way.ts";

/** A request that has been answered, and when. */
export interface Answered {
  readonly request: Pick<Request, "method" | "fields">;
  readonly key: string;
  readonly uri: string;
  readonly answer: Answer;
  readonly requestTime: number;
  readonly responseTime: number;
  readonly trip: Trip;
}

/** What is kept: the response as it will be found, and where its content comes from meanwhile. */
export interface Kept {
  readonly assessed: Assessment;
  readonly source: Source;
  /** Content that is still on its way: to be started when all are there who read it from the beginning. */
  readonly live: LiveContent | undefined;
  /** Whether the store takes it. */
  readonly isStored: boolean;
}

/** Who wants to know what becomes of what is kept. */
export interface Watch {
  /** Not all of its content can be had from here any more. */
  readonly closed?: () => void;
  /** Told once: what can be found from now on, or that nothing can after all. */
  readonly settled?: (stored: Stored | undefined) => void;
}

/** @internal */
export class Keeping {
  readonly #store: Store;
  readonly #rules: Rules;
  readonly #counters: CacheCounters;

  constructor(store: Store, rules: Rules, counters: CacheCounters) {
    this.#store = store;
    this.#rules = rules;
    this.#counters = counters;
  }

  verdict({ request, uri, answer }: Pick<Answered, "request" | "uri" | "answer">): StoringVerdict {
    const { status, fields } = answer;
    const terms = termsOf(fields, this.#rules.targets);
    return mayStore({ method: request.method, uri, requestFields: request.fields, status, fields, terms }, this.#rules);
  }

  /** A complete response, which may be stored. Undefined where the store does not want it. */
  whole(answered: Answered, watch: Watch = {}): Kept | undefined {
    const { answer, trip } = answered;
    const said = this.#said(answered, answer, false);
    const isEmpty = isBodiless("GET", answer.status);
    if (isEmpty) cancel(answer);
    const body = isEmpty ? EMPTY : (answer.body ?? EMPTY);
    if (body instanceof Uint8Array) return this.#atOnce(said, body, {}, undefined, trip, watch);
    const filling = this.#store.open(said, { size: body.length });
    return filling === undefined ? undefined : this.#live(said, body, filling, undefined, trip, watch);
  }

  /**
   * A part (206), which may be stored. It is joined to `onto`, where that is another part of the same; else it stands
   * alone. Undefined where there is no telling where it belongs, or the store does not want it.
   */
  part(answered: Answered, onto: Assessment | undefined, watch: Watch = {}): Kept | undefined {
    const { trip, answer } = answered;
    const { body, fields: newer } = answer;
    const placed = placedRange(newer.get("content-range"));
    if (body?.length === undefined || body.length === 0 || placed === undefined) return undefined;
    const range = corrected(placed, body.length);
    const isJoined = onto !== undefined && range.last === placed.last && range.length === onto.stored.content.length;
    const fields = isJoined ? updatedFields(onto.fields, newer) : newer;
    const said = this.#said(answered, { status: 200, fields }, true);
    const place: Place = { first: range.first, size: body.length, onto: isJoined ? onto.stored : undefined };
    if (body instanceof Uint8Array) return this.#atOnce(said, body, place, range, trip, watch);
    const filling = this.#store.open(said, place);
    return filling === undefined ? undefined : this.#live(said, body, filling, range, trip, watch);
  }

  /**
   * What was stored, with what a newer response says of it (§3.2). One that may not be stored any more is let go; where
   * only this request forbids to store what answers it, all stays as it was.
   */
  async freshen(old: Assessment, answered: Answered): Promise<Assessment> {
    const fields = updatedFields(old.fields, answered.answer.fields);
    const { status, reason, selecting, key, content } = old.stored;
    const newer = this.#said(answered, { status, reason, fields }, content.ranges !== undefined);
    // The request may have been another variant's: what it is an answer to stays what it was.
    const isAuthorized = newer.isAuthorized || old.stored.isAuthorized;
    const said = { ...newer, key, isAuthorized, ...(selecting.length > 0 && { selecting }) };
    const freshened = await this.#freshen(old, said, { ...answered, answer: { status, fields } });
    return this.assessed(freshened ?? { ...said, content }, answered.responseTime);
  }

  async #freshen({ stored }: Assessment, said: Said, updated: Answered): Promise<Stored | undefined> {
    if (updated.trip.isOutdated) return undefined;
    if (this.verdict(updated).mayStore) return this.#store.freshen(stored, said);
    if (this.isForbidden(updated)) await this.#store.remove(stored);
    return undefined;
  }

  /** Whether it may not be stored whoever asks: not for the wishes or the rights of this one client. */
  isForbidden({ request, uri, answer }: Pick<Answered, "request" | "uri" | "answer">): boolean {
    return !this.verdict({ request: { method: request.method, fields: NO_FIELDS }, uri, answer }).mayStore;
  }

  assessed(stored: Stored, now: number): Assessment {
    return assess(stored, this.#rules, now);
  }

  /** `as`: the response as it is to be found. */
  #said(answered: Answered, as: Pick<Answer, "status" | "reason" | "fields">, isPart: boolean): Said {
    const { request, key, answer, requestTime, responseTime } = answered;
    const kept = storedFields(as.fields, termsOf(as.fields, this.#rules.targets), responseTime, isPart);
    // Whoever made them, none of them breaks out of its line.
    kept.check();
    return {
      key,
      status: as.status,
      reason: as.reason,
      lines: kept.print(),
      // Age is made anew each time, so its line is not kept: what it said counts as if we had asked that much earlier.
      requestTime: requestTime - ageValue(answer.fields) * 1000,
      responseTime,
      selecting: selectingFields(as.fields.get("vary"), request.fields),
      tags: tagsOf(as.fields),
      groups: groupsOf(as.fields),
      isInvalid: false,
      isAuthorized: request.fields.has("authorization"),
    };
  }

  /** What has come whole goes in whole: at once, where the store is quick. */
  #atOnce(
    said: Said,
    bytes: Uint8Array,
    place: Place,
    range: PlacedRange | undefined,
    trip: Trip,
    { settled }: Watch,
  ): Kept | undefined {
    const filling = this.#store.open(said, { ...place, size: bytes.length });
    if (filling === undefined) return undefined;
    this.#counters.bytesFetched += bytes.length;
    let isStored = true;
    void fill(filling, bytes, range?.length, (stored) => {
      isStored = stored !== undefined;
      this.#settled(stored, trip, settled);
    });
    const source = range === undefined ? sourceOf(wholeContent(bytes)) : partSource(bytes, range);
    return this.#kept(said, source, undefined, isStored);
  }

  #live(
    said: Said,
    body: Body,
    filling: Filling,
    range: PlacedRange | undefined,
    trip: Trip,
    { closed, settled }: Watch,
  ): Kept {
    const live = new LiveContent(body, filling, {
      first: range?.first ?? 0,
      length: range?.length,
      mayKeepPart: said.status === 200 && strongValidator(fieldsOf(said.lines), said.responseTime) !== undefined,
      isWanted: () => !trip.isOutdated,
      closed: () => closed?.(),
      settled: (stored) => this.#settled(stored, trip, settled),
      count: (bytes) => {
        this.#counters.bytesFetched += bytes;
      },
    });
    return this.#kept(said, liveSource(live, range), live, true);
  }

  /** What was made invalid while the store was at work goes at once. */
  #settled(stored: Stored | undefined, trip: Trip, settled: Watch["settled"]): void {
    const isOutdated = stored !== undefined && trip.isOutdated;
    if (isOutdated) void this.#store.remove(stored);
    else if (stored !== undefined) this.#counters.stored += 1;
    settled?.(isOutdated ? undefined : stored);
  }

  #kept(said: Said, source: Source, live: LiveContent | undefined, isStored: boolean): Kept {
    const stored: Stored = { ...said, content: wholeContent(EMPTY) };
    return { assessed: this.assessed(stored, said.responseTime), source, live, isStored };
  }
}

const EMPTY = new Uint8Array(0);
const NO_FIELDS = new Fields();

function fill(
  filling: Filling,
  bytes: Uint8Array,
  length: number | undefined,
  told: (stored: Stored | undefined) => void,
): void | Promise<void> {
  const end = (isTaken: boolean): void | Promise<void> => {
    if (!isTaken) {
      filling.abort();
      return told(undefined);
    }
    const stored = filling.end(length);
    return stored instanceof Promise ? stored.then(told) : told(stored);
  };
  const taken = bytes.length === 0 || filling.write(bytes);
  return taken instanceof Promise ? taken.then(end) : end(taken);
}
