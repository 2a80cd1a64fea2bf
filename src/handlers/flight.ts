/** One request to a server, and all who wait for what comes of it (RFC 9111 §4: "collapse requests"). */

import type { Fields } from "../http/fields.ts";
import { type Address, SocketError } from "../socket/socket.ts";
import { type ExchangeHost, OneExchange } from "../web/exchange.ts";
import type { Exchange } from "../web/handler.ts";
import type { Trip } from "./under-way.ts";
import { whenLeft } from "./when-left.ts";

/** Somebody who waits. */
interface Passenger<Landing> {
  readonly exchange: Exchange;
  /** Is told what has come. */
  readonly arrive: (landing: Landing) => void;
  readonly fail: (error: unknown) => void;
  unwatch: () => void;
}

/**
 * Goes on as long as somebody waits for it, whoever began it. `Landing` is what comes of it.
 *
 * @internal
 */
export class Flight<Landing> implements ExchangeHost {
  readonly local: Address;
  readonly remote: Address;
  readonly secure: boolean;
  /** Whom the server's connection belongs to. */
  readonly exchange: OneExchange;
  readonly trip: Trip;
  readonly #first: Exchange;
  readonly #waiting = new Set<Passenger<Landing>>();
  /** What it has brought, for whoever comes later. */
  #landing: Landing | undefined;
  #isAbandoned = false;
  /** One that nobody waits for. */
  readonly #isForItself: boolean;

  /** `exchange` is that of the first who asks. Who asks in the background waits for nothing. */
  constructor(trip: Trip, exchange: Exchange, isForItself = false) {
    this.trip = trip;
    this.local = exchange.local;
    this.remote = exchange.remote;
    this.secure = exchange.secure;
    this.#first = exchange;
    this.#isForItself = isForItself;
    this.exchange = new OneExchange(this);
  }

  get landing(): Landing | undefined {
    return this.#landing;
  }

  /** All have left before it came to its end: it has been called off. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Waits for what comes of it, and gives what `arrive` makes of that; fails if the client leaves before. */
  join<Result>(exchange: Exchange, arrive: (landing: Landing) => Result | Promise<Result>): Result | Promise<Result> {
    if (this.#landing !== undefined) return arrive(this.#landing);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const land = (landing: Landing): void => resolve(arrive(landing));
    const passenger: Passenger<Landing> = { exchange, arrive: land, fail: reject, unwatch() {} };
    this.#waiting.add(passenger);
    passenger.unwatch = whenLeft(exchange, () => this.#left(passenger));
    return promise;
  }

  /**
   * It has come to its end. All who wait are told at once, so that afterwards all are there who read what it has
   * brought. Says who they were: it may be that the one who began it has left, or all.
   */
  land(landing: Landing): "the first" | "others" | "nobody" {
    this.#landing = landing;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    let who: "the first" | "others" | "nobody" = this.#isForItself || waiting.length > 0 ? "others" : "nobody";
    for (const { exchange, arrive, fail, unwatch } of waiting) {
      if (exchange === this.#first) who = "the first";
      unwatch();
      try {
        arrive(landing);
      } catch (error) {
        fail(error);
      }
    }
    return who;
  }

  #left(passenger: Passenger<Landing>): void {
    if (!this.#waiting.delete(passenger)) return;
    passenger.fail(new SocketError("ECONNABORTED", "Cannot answer: the client has left"));
    if (this.#waiting.size > 0 || this.#isForItself) return;
    this.#isAbandoned = true;
    this.exchange.leave();
  }

  /** An interim response is for all who wait. */
  inform(_: Exchange, status: number, fields: Fields): void {
    for (const { exchange } of this.#waiting) exchange.inform(status, fields);
  }

  complain(message: string): void {
    this.#first.complain(message);
  }
}
