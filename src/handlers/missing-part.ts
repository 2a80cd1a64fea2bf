/**
 * Asks for bytes that are missing of a stored response, on condition that it is still the same: once, whoever wants
 * them (RFC 9111 §3.4).
 */

import { askedOf, isForOrigin } from "../cache/asked.ts";
import type { Assessment } from "../cache/assess.ts";
import { strongValidator } from "../cache/decide.ts";
import { corrected, placedRange } from "../cache/gaps.ts";
import type { Stored } from "../cache/store.ts";
import type { Fields } from "../http/fields.ts";
import type { Body, Request } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import type { Exchange } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { Flight } from "./flight.ts";
import type { Answered, Kept } from "./keeping.ts";
import type { Means } from "./means.ts";
import { measuredPart } from "./measured-body.ts";
import { isSameWhole } from "./same-whole.ts";
import type { Trip } from "./under-way.ts";

/** Who wants them. */
export interface Wanting {
  readonly request: Request;
  readonly key: string;
  readonly uri: string;
}

/** They came, and are of the same whole. */
export interface Part {
  /** The response as it is with them. */
  readonly joined: Assessment;
  readonly body: Uint8Array | Body;
  /** What is stored now, once they have come. */
  readonly latest: () => Stored | undefined;
}

/**
 * What came instead, for who asked alone: also just those bytes, but of something else. Undefined where it must be
 * asked for as if nothing were stored.
 */
export interface Instead {
  readonly instead: Answered | undefined;
}

type Landing =
  | Instead
  | { readonly threw: unknown }
  /** What is not kept has a body for one alone. */
  | (Pick<Part, "joined" | "latest"> & { readonly kept: Kept | undefined; readonly body: Uint8Array | Body });

const NOTHING: Instead = { instead: undefined };

/** @internal */
export class MissingPart {
  readonly #means: Means;
  /** Those that one may join: under way, or landed while the bytes are still coming. */
  readonly #flights = new Map<string, Flight<Landing>>();

  constructor(means: Means) {
    this.#means = means;
  }

  /**
   * Asks for these bytes, or waits for one who does. Where `chosen` has no strong validator only the whole is of use
   * instead.
   */
  get(wanting: Wanting, chosen: Assessment, bytes: ByteRange, exchange: Exchange): Promise<Part | Instead> {
    const flightKey = keyOf(wanting, chosen, bytes);
    const shared = flightKey === undefined ? undefined : this.#flights.get(flightKey);
    if (shared !== undefined && !shared.isAbandoned && !shared.trip.isOutdated) {
      return Promise.resolve(shared.join(exchange, forOthers));
    }
    const flight = new Flight<Landing>(this.#means.underWay.begin(wanting.key), exchange);
    const part = flight.join(exchange, forFirst);
    if (flight.isAbandoned) this.#means.underWay.end(flight.trip);
    else void this.#fly(flight, wanting, chosen, bytes, flightKey);
    return Promise.resolve(part);
  }

  async #fly(
    flight: Flight<Landing>,
    wanting: Wanting,
    chosen: Assessment,
    bytes: ByteRange,
    flightKey: string | undefined,
  ): Promise<void> {
    const { trip } = flight;
    if (flightKey !== undefined) this.#flights.set(flightKey, flight);
    const closed = (): void => {
      if (flightKey !== undefined && this.#flights.get(flightKey) === flight) this.#flights.delete(flightKey);
    };
    const settled = (): void => {
      closed();
      this.#means.underWay.end(trip);
    };
    let landing: Landing;
    try {
      landing = await this.#ask(wanting, chosen, bytes, flight.exchange, trip, closed, settled);
    } catch (threw) {
      landing = { threw };
    }
    const live = "kept" in landing ? landing.kept?.live : undefined;
    if (live === undefined) settled();
    const who = flight.land(landing);
    if (live === undefined) {
      if (who !== "the first") letGo(landing);
    } else if (who === "nobody") live.drop();
    else live.start();
  }

  async #ask(
    { request, key, uri }: Wanting,
    chosen: Assessment,
    bytes: ByteRange,
    exchange: Exchange,
    trip: Trip,
    closed: () => void,
    settled: () => void,
  ): Promise<Landing> {
    const { handler, clock, keeping, store } = this.#means;
    const validator = strongValidator(chosen.fields, chosen.date);
    const asked = { ...request, method: "GET", fields: fieldsFor(request.fields, chosen, bytes, validator) };
    const requestTime = clock.date();
    const answer = measuredPart(await handler(asked, exchange));
    const times = { requestTime, responseTime: clock.date() };
    const answered: Answered = { request: asked, key, uri, answer, trip, ...times };
    if (answer.failure !== undefined || answer.status !== 206) return { instead: answered };
    const { body } = answer;
    const placed = body?.length === undefined ? undefined : placedRange(answer.fields.get("content-range"));
    if (body === undefined || placed === undefined || !isJust(corrected(placed, body.length!), bytes)) {
      cancel(answer);
      return NOTHING;
    }
    const isOfSameLength = placed.length === chosen.stored.content.length;
    if (!isOfSameLength || !isSameWhole(chosen, answer.fields)) return { instead: answered };
    let latest: Stored | undefined;
    const watch = {
      closed,
      settled: (stored: Stored | undefined): void => {
        latest = stored;
        settled();
      },
    };
    const mayStore = keeping.verdict(answered).mayStore;
    if (!mayStore && keeping.isForbidden(answered)) void store.remove(chosen.stored);
    const kept = mayStore && !trip.isOutdated ? keeping.part(answered, chosen, watch) : undefined;
    if (kept === undefined) return { joined: chosen, latest: () => undefined, kept, body };
    const { assessed } = kept;
    const joined = { ...assessed, stored: { ...assessed.stored, content: chosen.stored.content } };
    return { joined, latest: () => latest, kept, body };
  }
}

function forFirst(landing: Landing): Part | Instead {
  if ("threw" in landing) throw landing.threw;
  if ("instead" in landing) return landing;
  const { joined, latest, kept, body } = landing;
  return { joined, latest, body: kept?.source.whole() ?? body };
}

/** What was for one alone is not for those who waited. */
function forOthers(landing: Landing): Part | Instead {
  return "kept" in landing && landing.kept !== undefined ? forFirst(landing) : NOTHING;
}

/** Who asked for it has left. */
function letGo(landing: Landing): void {
  if ("body" in landing) {
    if (!(landing.body instanceof Uint8Array)) landing.body.cancel();
  } else if ("instead" in landing && landing.instead !== undefined) {
    cancel(landing.instead.answer);
  }
}

/** By which others are recognised who want the same bytes; undefined where this one goes alone. */
function keyOf({ request, key }: Wanting, { stored, fields }: Assessment, bytes: ByteRange): string | undefined {
  const asked = askedOf(request.fields);
  if (request.fields.has("authorization") || isForOrigin(request.fields)) return undefined;
  if (asked.has("no-store") || asked.has("no-cache")) return undefined;
  const { selecting } = stored;
  const which = [bytes.first, bytes.last, fields.get("etag"), fields.get("last-modified"), ...selecting.flat()];
  return `${key}\0${JSON.stringify(which)}`;
}

/** Only the bytes that are missing; all of it, where it is not the same any more (If-Range, RFC 9110 §13.1.5). */
function fieldsFor(
  asked: Fields,
  { stored }: Assessment,
  { first, last }: ByteRange,
  validator: string | undefined,
): Fields {
  const fields = asked.copy().delete("if-none-match").delete("if-modified-since").delete("if-range");
  fields.set("Range", last + 1 === stored.content.length ? `bytes=${first}-` : `bytes=${first}-${last}`);
  return validator === undefined ? fields : fields.append("If-Range", validator);
}

/** Whether it is the stretch that was asked for, and all of it. */
const isJust = (came: ByteRange, { first, last }: ByteRange): boolean => came.first === first && came.last === last;
