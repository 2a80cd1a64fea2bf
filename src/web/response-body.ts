/** A response's content, pulled off the connection by whoever wants it. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";

/** The connection it comes from. */
interface Source {
  readonly trailers: Fields | undefined;
  content(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  cancel(): void;
  recycle(): void;
}

/** @internal */
export class ResponseBody implements Body {
  readonly length: number | undefined;
  readonly #source: Source;
  #isOver = false;
  #trailers: Fields | undefined;

  constructor(source: Source, length: number | undefined) {
    this.#source = source;
    this.length = length;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#isOver) return undefined;
    const part = this.#source.content();
    if (part instanceof Promise) return part.then(this.#ended);
    return this.#ended(part);
  }

  readonly #ended = (part: Uint8Array | undefined): Uint8Array | undefined => {
    if (part !== undefined) return part;
    // From here on the connection may serve another.
    this.#isOver = true;
    this.#trailers = this.#source.trailers;
    return undefined;
  };

  get trailers(): Fields | undefined {
    return this.#trailers;
  }

  recycle(): void {
    // From its end on, the connection may be at another answer.
    if (!this.#isOver) this.#source.recycle();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.cancel();
  }
}
