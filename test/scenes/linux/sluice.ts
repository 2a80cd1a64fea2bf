/** A gate between a cable and our adapter: as long as it is closed, what comes is kept back. */

import type { Link } from "../../../src/link/link.ts";

export class Sluice implements Link {
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** Where it is cut: nothing passes any more, either way. */
  isCut = false;
  readonly #link: Link;
  readonly #kept: Uint8Array[] = [];
  #isClosed = false;

  constructor(link: Link) {
    this.#link = link;
    this.onFrame = undefined;
    link.onFrame = (frame) => {
      if (this.isCut) return;
      if (this.#isClosed) this.#kept.push(frame);
      else this.onFrame?.(frame);
    };
  }

  get mtu(): number {
    return this.#link.mtu;
  }

  get hasFcs(): boolean {
    return this.#link.hasFcs;
  }

  /** How many frames are kept back. */
  get kept(): number {
    return this.#kept.length;
  }

  send(frame: Uint8Array): boolean {
    return !this.isCut && this.#link.send(frame);
  }

  /** Keeps back what comes from now on. */
  hold(): void {
    this.#isClosed = true;
  }

  /** Lets the first of the frames pass, or all of them and those that come. */
  release(count = Number.POSITIVE_INFINITY): void {
    if (count === Number.POSITIVE_INFINITY) this.#isClosed = false;
    for (const frame of this.#kept.splice(0, count)) this.onFrame?.(frame);
  }

  close(): void {
    this.#link.close();
  }
}
