/** One request and its answer, as a handler sees them. */

import type { Fields } from "../http/fields.ts";
import type { Address } from "../socket/socket.ts";
import type { Exchange } from "./handler.ts";

/** What a connection does for its exchanges. */
export interface ExchangeHost {
  readonly local: Address;
  readonly remote: Address;
  readonly secure: boolean;
  inform(exchange: Exchange, status: number, fields: Fields): void;
  complain(message: string): void;
}

/**
 * Made for each request, so it holds little and makes its signal only when that is asked for.
 *
 * @internal
 */
export class OneExchange implements Exchange {
  readonly #host: ExchangeHost;
  #controller: AbortController | undefined;
  #hold: { cancel(): void } | undefined;
  #hasLeft = false;

  constructor(host: ExchangeHost) {
    this.#host = host;
  }

  get local(): Address {
    return this.#host.local;
  }

  get remote(): Address {
    return this.#host.remote;
  }

  get secure(): boolean {
    return this.#host.secure;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#hasLeft) this.#controller.abort(left());
    }
    return this.#controller.signal;
  }

  get hold(): { cancel(): void } | undefined {
    return this.#hold;
  }

  set hold(hold: { cancel(): void } | undefined) {
    this.#hold = hold;
    if (this.#hasLeft) hold?.cancel();
  }

  inform(status: number, fields: Fields): void {
    this.#host.inform(this, status, fields);
  }

  complain(message: string): void {
    this.#host.complain(message);
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Whether anyone wants to know when the client leaves. */
  get isWatched(): boolean {
    return this.#controller !== undefined || this.#hold !== undefined;
  }

  /** The client is gone, and nobody will read the answer. */
  leave(): void {
    this.#hasLeft = true;
    this.#controller?.abort(left());
    this.#hold?.cancel();
  }
}

const left = () => new DOMException("The client has left", "AbortError");
