/**
 * Asks servers for what a cache has not, or not any more: one request at a time for each key, whoever wants it (RFC
 * 9111 §4, §4.3).
 */

import type { Answer, Exchange } from "../web/handler.ts";
import { cancel } from "../web/reply.ts";
import { Arrival } from "./arrival.ts";
import { Errand } from "./errand.ts";
import { Flight } from "./flight.ts";
import { FlightKeys } from "./flight-keys.ts";
import { isForAll, type Landing } from "./landing.ts";
import type { Again, Journey, Means } from "./means.ts";
import { Memories } from "./memories.ts";
import { forOurselves } from "./onward.ts";
import { whenLeft } from "./when-left.ts";

/** How long a server is left alone that could not be asked in the background. */
const RESTS_MS = 5_000;

const MOST_MEMORIES = 10_000;

/** @internal */
export class Fetching {
  readonly #means: Means;
  readonly #keys: FlightKeys;
  readonly #errand: Errand;
  readonly #arrival: Arrival;
  /** Those that one may join: under way, or landed while the content is still coming. */
  readonly #flights = new Map<string, Flight<Landing>>();
  /** Until when nobody asks in the background. */
  readonly #rests = new Memories<number>(MOST_MEMORIES);

  constructor(means: Means) {
    this.#means = means;
    this.#keys = new FlightKeys(means.clock, means.rangeMiss);
    this.#errand = new Errand(means);
    this.#arrival = new Arrival(means);
  }

  /** Whether somebody asks for the same already. */
  isAsking(journey: Journey): boolean {
    const flightKey = this.#keys.of(journey);
    const shared = flightKey === undefined ? undefined : this.#flights.get(flightKey);
    return shared !== undefined && this.#mayJoin(shared, journey);
  }

  /** Asks, or waits for one who does. `again`: what to do where that was for nothing. */
  ask(journey: Journey, exchange: Exchange, again: Again): Answer | Promise<Answer> {
    const flightKey = this.#keys.of(journey);
    const shared = flightKey === undefined ? undefined : this.#flights.get(flightKey);
    if (shared !== undefined && this.#mayJoin(shared, journey)) {
      return shared.join(exchange, (landing) =>
        this.#watched(this.#arrival.other(landing, journey, again), landing, exchange),
      );
    }
    const flight = new Flight<Landing>(this.#means.underWay.begin(journey.key), exchange);
    const answer = flight.join(exchange, (landing) =>
      this.#watched(this.#arrival.first(landing, journey), landing, exchange),
    );
    if (flight.isAbandoned) this.#means.underWay.end(flight.trip);
    else void this.#fly(flight, journey, flightKey);
    return answer;
  }

  /** Asks in the background, unless that is being done, or was in vain just now. */
  refresh(journey: Journey, exchange: Exchange): void {
    const flightKey = this.#keys.always(journey);
    const rests = this.#rests.get(flightKey);
    const shared = this.#flights.get(flightKey);
    if (shared !== undefined && !shared.isAbandoned && !shared.trip.isOutdated) return;
    if (rests !== undefined && rests > this.#means.clock.date()) return;
    const flight = new Flight<Landing>(this.#means.underWay.begin(journey.key), exchange, true);
    const own = { ...journey, request: forOurselves(journey.request) };
    void this.#fly(flight, own, flightKey).then(({ kind }) => {
      const isInVain = kind !== "good" && kind !== "kept";
      if (isInVain) this.#rests.set(flightKey, this.#means.clock.date() + RESTS_MS);
    });
  }

  /** What has landed already must do for who comes now; else he would come back for ever. */
  #mayJoin({ isAbandoned, trip, landing }: Flight<Landing>, journey: Journey): boolean {
    if (isAbandoned || trip.isOutdated) return false;
    return landing === undefined || this.#arrival.fits(landing, journey);
  }

  /** Never fails. */
  async #fly(flight: Flight<Landing>, journey: Journey, flightKey: string | undefined): Promise<Landing> {
    const { underWay } = this.#means;
    const { trip } = flight;
    let entry = flightKey;
    let isSettled = false;
    if (entry !== undefined) this.#flights.set(entry, flight);
    const closed = (): void => void this.#forget(flight, entry);
    const settled = (): void => {
      isSettled = true;
      closed();
      underWay.end(trip);
    };
    let landing: Landing;
    try {
      landing = await this.#errand.run(journey, flight.exchange, trip, { closed, settled });
    } catch (error) {
      landing = { kind: "threw", error };
    }
    if (flightKey !== undefined) this.#note(landing, journey, flightKey);
    if (landing.kind !== "kept") settled();
    else if (!isForAll(landing)) closed();
    else if (!isSettled && this.#forget(flight, entry)) {
      // With what it varies has just been learnt: those who come later are told apart by that.
      entry = this.#keys.of(journey) ?? entry!;
      if (!this.#flights.has(entry)) this.#flights.set(entry, flight);
    }
    const who = flight.land(landing);
    if (landing.kind === "own" || landing.kind === "failed") {
      if (who !== "the first") cancel(landing.answer);
    } else if (landing.kind === "kept") {
      if (who === "nobody") landing.kept.live?.drop();
      else landing.kept.live?.start();
    }
    return landing;
  }

  #forget(flight: Flight<Landing>, entry: string | undefined): boolean {
    return entry !== undefined && this.#flights.get(entry) === flight && this.#flights.delete(entry);
  }

  /** What this answer shows about those to come. */
  #note(landing: Landing, journey: Journey, flightKey: string): void {
    if (landing.kind === "kept") this.#keys.vary(journey, landing.answer.fields.get("vary"));
    // What a server says while it is in trouble shows nothing about what it will say afterwards.
    const isAlone =
      landing.kind === "own"
        ? landing.isTelling && landing.answer.status < 500
        : landing.kind === "kept" || landing.kind === "good";
    if (isForAll(landing)) this.#keys.noteShared(flightKey);
    else if (isAlone) this.#keys.noteAlone(flightKey);
  }

  /** Who reads what is still coming lets go of it when his client leaves: it may be long until the next bytes come. */
  #watched<Soon extends Answer | Promise<Answer>>(answer: Soon, { kind }: Landing, exchange: Exchange): Soon {
    const isComing = kind === "own" || kind === "kept";
    if (isComing && !(answer instanceof Promise) && isStream(answer)) whenLeft(exchange, () => cancel(answer));
    return answer;
  }
}

const isStream = ({ body }: Answer): boolean => body !== undefined && !(body instanceof Uint8Array);
