/**
 * What is on its way to a cache while something is made invalid: it may be older than that, and is not kept (RFC 9111
 * §4.4).
 */

/** A request whose answer may be stored under this key. */
export interface Trip {
  readonly key: string;
  /** What it brings may be from before something was changed. */
  readonly isOutdated: boolean;
}

/**
 * All of a cache's requests that have not come to their end.
 *
 * @example
 * const underWay = new UnderWay();
 * const trip = underWay.begin("http://localhost/");
 * underWay.outdate((key) => key.startsWith("http://localhost/"));
 * trip.isOutdated; // true
 * underWay.end(trip);
 */
export class UnderWay {
  readonly #trips = new Set<{ readonly key: string; isOutdated: boolean }>();

  begin(key: string): Trip {
    const trip = { key, isOutdated: false };
    this.#trips.add(trip);
    return trip;
  }

  end(trip: Trip): void {
    this.#trips.delete(trip);
  }

  /** Those whose keys are meant must not be kept any more, or not as if nothing had been. */
  outdate(isMeant: (key: string) => boolean): void {
    for (const trip of this.#trips) trip.isOutdated ||= isMeant(trip.key);
  }
}
