/** A stretch of content that is read from its beginning: what stands before is passed over, what follows is let go (RFC 9110 §14). */

import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";

/**
 * The bytes from `first` to `last` of a body, which must have them.
 *
 * @example
 * const skimmed = new SkimmedBody({ ...body, read: () => utf8("hello") }, { first: 1, last: 3 });
 * skimmed.read(); // Uint8Array [101, 108, 108]
 */
export class SkimmedBody implements Body {
  readonly length: number;
  readonly #body: Body;
  #skip: number;
  #left: number;

  constructor(body: Body, { first, last }: ByteRange) {
    this.length = last - first + 1;
    this.#body = body;
    this.#skip = first;
    this.#left = this.length;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    while (this.#left > 0) {
      const part = this.#body.read();
      if (part instanceof Promise) return part.then((bytes) => this.#skim(bytes) ?? this.read());
      const skimmed = this.#skim(part);
      if (skimmed !== undefined) return skimmed;
    }
    this.#body.cancel();
    return undefined;
  }

  /** What is ours of it; undefined where nothing is. */
  #skim(bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (bytes === undefined) throw new TypeError("Cannot send a range: the content ended before");
    const from = Math.min(this.#skip, bytes.length);
    this.#skip -= from;
    const mine = bytes.subarray(from, from + this.#left);
    this.#left -= mine.length;
    return mine.length === 0 ? undefined : mine;
  }

  recycle(): void {
    this.#body.recycle?.();
  }

  cancel(): void {
    this.#body.cancel();
  }
}
