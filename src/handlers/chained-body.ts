/** Content that comes out of several places, one after the other. */

import type { Body } from "../http/message.ts";
import { nobodyWaits } from "./when-left.ts";

/** A piece: bytes that are here, content that comes, or what must be asked for when it is its turn. */
export type Link = Uint8Array | Body | (() => Promise<Uint8Array | Body>);

/**
 * One body out of several. Where a piece fails, all of it fails; and so it does where one reads on though it was
 * cancelled.
 *
 * @example
 * new ChainedBody([utf8("hi"), body], 4).read(); // Uint8Array [104, 105]
 */
export class ChainedBody implements Body {
  readonly length: number;
  readonly #links: Link[];
  #isCancelled = false;

  /** `length` is how many bytes they have together. */
  constructor(links: readonly Link[], length: number) {
    this.#links = [...links];
    this.length = length;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    for (;;) {
      if (this.#isCancelled) throw nobodyWaits();
      const link = this.#links[0];
      if (link === undefined) return undefined;
      if (link instanceof Uint8Array) {
        this.#links.shift();
        if (link.length > 0) return link;
      } else if (typeof link === "function") {
        return this.#ask(link);
      } else {
        const part = link.read();
        if (part instanceof Promise) return part.then((bytes) => bytes ?? this.#next());
        if (part !== undefined) return part;
        this.#links.shift();
      }
    }
  }

  #next(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    this.#links.shift();
    return this.read();
  }

  async #ask(link: () => Promise<Uint8Array | Body>): Promise<Uint8Array | undefined> {
    const asked = await link();
    if (!this.#isCancelled) this.#links[0] = asked;
    else if (!(asked instanceof Uint8Array)) asked.cancel();
    return this.read();
  }

  recycle(): void {
    const link = this.#links[0];
    if (link !== undefined && "recycle" in link) link.recycle?.();
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const link of this.#links) if ("cancel" in link) link.cancel();
    this.#links.length = 0;
  }
}
