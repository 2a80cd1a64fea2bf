/** Asks servers: over a connection that is kept, or over a new one, and a second time where that is safe. */

import { isIdempotent } from "../http/methods.ts";
import type { Asker, Incoming, Outgoing } from "./asking.ts";
import { type ClientOptions, clientSettings } from "./client-options.ts";
import type { Dial } from "./dial.ts";
import type { Origin } from "./origin.ts";
import { Pool } from "./pool.ts";
import type { ServerConnection } from "./server-connection.ts";

/**
 * A request that must not be sent twice goes over a connection that was in use within this many milliseconds: it is
 * then unlikely that the server is just closing it, which could not be told from a server that acted and then died.
 */
const FRESH = 1000;

/**
 * A client of any number of servers, as a proxy is one.
 *
 * @example
 * const client = new Client(dialer(kernel));
 * const origin = originAt({ host: "127.0.0.1", port: upstreamPort });
 * const request = { method: "GET", target: "/", fields: Fields.of({ Host: origin.authority }) };
 * const answer = await client.ask(origin, request, { signal: new AbortController().signal, inform() {} });
 * answer.status; // 200
 * client.close();
 */
export class Client {
  readonly #pool: Pool;

  constructor(dial: Dial, options: ClientOptions = {}) {
    this.#pool = new Pool(dial, clientSettings(options));
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#pool.open;
  }

  /**
   * The answer, as soon as its head is there. Its body must be read to its end or cancelled. Fails with an UpstreamError,
   * with what the request's own content failed with, or with the signal's reason.
   */
  ask(origin: Origin, outgoing: Outgoing, asker: Asker): Promise<Incoming> {
    const taken =
      outgoing.minor === 0
        ? this.#pool.takeNew(origin, asker)
        : this.#pool.take(origin, asker, isIdempotent(outgoing.method) ? undefined : FRESH);
    return taken instanceof Promise ? this.#askLater(taken, outgoing, asker) : taken.ask(outgoing, asker);
  }

  async #askLater(taken: Promise<ServerConnection>, outgoing: Outgoing, asker: Asker): Promise<Incoming> {
    const connection = await taken;
    // It may have died on the way from one to the next.
    const living = connection.isClosed ? await this.#pool.takeNew(connection.origin, asker) : connection;
    return living.ask(outgoing, asker);
  }

  /** Idle connections are closed; what is being answered goes on. */
  close(): void {
    this.#pool.close();
  }
}
