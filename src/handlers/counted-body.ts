/** Content on its way from a server, of which somebody counts the bytes. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import { nobodyWaits } from "./when-left.ts";

/**
 * A body around a body; `count` is told of each piece, how long it is. Where one reads on though it was cancelled there
 * is no good end: nobody shall take half of it for the whole.
 *
 * @example
 * let total = 0;
 * await new CountedBody({ read: () => utf8("hi"), cancel() {} }, (bytes) => { total += bytes; }).read(); // Uint8Array [104, 105]
 * total; // 2
 */
export class CountedBody implements Body {
  readonly length: number | undefined;
  readonly #body: Body;
  readonly #count: (bytes: number) => void;
  #isCancelled = false;

  constructor(body: Body, count: (bytes: number) => void) {
    this.length = body.length;
    this.#body = body;
    this.#count = count;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#isCancelled) throw nobodyWaits();
    const part = this.#body.read();
    return part instanceof Promise ? part.then(this.#counted) : this.#counted(part);
  }

  readonly #counted = (part: Uint8Array | undefined): Uint8Array | undefined => {
    if (part !== undefined) this.#count(part.length);
    return part;
  };

  recycle(): void {
    this.#body.recycle?.();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#body.cancel();
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }
}
