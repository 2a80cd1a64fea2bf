/** One of those who read a content that is shared, at his own pace. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import { nobodyWaits } from "./when-left.ts";

/** What he reads from. */
export interface Readable {
  readonly length: number | undefined;
  readonly trailers: Fields | undefined;
  /**
   * The next bytes from this position: undefined at the end, "wait" where they are still to come. Throws where they
   * never will.
   */
  next(at: number): Uint8Array | Promise<Uint8Array> | Body | undefined | "wait";
  /** He has come along. */
  moved(): void;
  left(reader: SharedReader): void;
}

/**
 * Where one reads on though it was cancelled there is no good end: nobody shall take half of it for the whole.
 *
 * @internal
 */
export class SharedReader implements Body {
  readonly length: number | undefined;
  /** How many bytes he has been given. */
  at = 0;
  readonly #content: Readable;
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  /** The rest, where that comes as a body of its own; and where he was when it began. */
  #rest: Body | undefined;
  #restFrom = 0;
  #state: "reading" | "at the end" | "cancelled" = "reading";

  constructor(content: Readable) {
    this.#content = content;
    this.length = content.length;
  }

  get trailers(): Fields | undefined {
    return this.#content.trailers;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#state !== "reading") {
      if (this.#state === "cancelled") throw nobodyWaits();
      return undefined;
    }
    if (this.#rest !== undefined) return this.#readRest(this.#rest);
    const next = this.#content.next(this.at);
    if (next === "wait") {
      this.#waiting = Promise.withResolvers();
      return this.#waiting.promise;
    }
    if (next === undefined) {
      this.#leave("at the end");
      return undefined;
    }
    if (next instanceof Promise) return next.then(this.#moved);
    if (next instanceof Uint8Array) return this.#moved(next);
    this.#rest = next;
    this.#restFrom = this.at;
    return this.#readRest(next);
  }

  readonly #moved = (bytes: Uint8Array): Uint8Array => {
    this.at += bytes.length;
    this.#content.moved();
    return bytes;
  };

  #readRest(rest: Body): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    const part = rest.read();
    return part instanceof Promise ? part.then(this.#ofRest) : this.#ofRest(part);
  }

  readonly #ofRest = (part: Uint8Array | undefined): Promise<Uint8Array | undefined> | Uint8Array | undefined => {
    if (part !== undefined) return this.#moved(part);
    if (this.at === this.#restFrom) throw new TypeError("Cannot read on: what was stored has gone");
    // Whether it is all, or broke off behind this, is not the store's to say.
    this.#rest = undefined;
    return this.read();
  };

  /** There is something to read, or an end. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    try {
      waiting.resolve(this.read());
    } catch (error) {
      waiting.reject(error);
    }
  }

  cancel(): void {
    if (this.#state !== "reading") return;
    this.#rest?.cancel();
    this.#leave("cancelled");
    this.#waiting?.reject(nobodyWaits());
    this.#waiting = undefined;
  }

  #leave(state: "at the end" | "cancelled"): void {
    this.#state = state;
    this.#content.left(this);
  }
}
