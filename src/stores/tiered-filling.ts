/** Content on its way into memory; where it becomes too much for that, into a store behind it. */

import type { Filling, Soon, Stored } from "../cache/store.ts";

/** @internal */
export class TieredFilling implements Filling {
  #filling: Filling;
  /** Before it moved: whoever reads from it has it still. */
  #former: Filling | undefined;
  #spill: () => Filling | undefined;
  readonly #inMemory: (stored: Stored) => void;
  #isAborted = false;

  /** `spill` begins to fill the store behind; `inMemory` is told of what has become complete in memory. */
  constructor(filling: Filling, spill: () => Filling | undefined, inMemory: (stored: Stored) => void) {
    this.#filling = filling;
    this.#spill = spill;
    this.#inMemory = inMemory;
  }

  get size(): number {
    return this.#filling.size;
  }

  write(bytes: Uint8Array): Soon<boolean> {
    const taken = this.#filling.write(bytes);
    if (taken === true || this.#former !== undefined) return taken;
    if (taken instanceof Promise) return taken.then((isTaken) => isTaken || this.#move(bytes));
    return this.#move(bytes);
  }

  /** What memory has taken goes along. */
  async #move(bytes: Uint8Array): Promise<boolean> {
    const next = this.#spill();
    this.#spill = () => undefined;
    if (next === undefined) return false;
    const former = this.#filling;
    // The bytes are lent: whoever gave them waits, so they stay as they are until this has come to its end.
    for (let at = 0; at < former.size; ) {
      const part = await former.read(at);
      if (!(await this.#passOn(next, part))) return false;
      at += part.length;
    }
    if (!(await this.#passOn(next, bytes))) return false;
    this.#former = former;
    this.#filling = next;
    return true;
  }

  /** When it has been taken, it may be that nobody wants it any more. */
  async #passOn(next: Filling, bytes: Uint8Array): Promise<boolean> {
    if ((await next.write(bytes)) && !this.#isAborted) return true;
    next.abort();
    return false;
  }

  read(from: number): Soon<Uint8Array> {
    return this.#filling.read(from);
  }

  end(length?: number): Soon<Stored | undefined> {
    const stored = this.#filling.end(length);
    if (this.#former !== undefined) {
      this.#former.abort();
      return stored;
    }
    if (stored instanceof Promise) return stored.then((one) => this.#ended(one));
    return this.#ended(stored);
  }

  #ended(stored: Stored | undefined): Stored | undefined {
    if (stored !== undefined) this.#inMemory(stored);
    return stored;
  }

  abort(): void {
    this.#isAborted = true;
    this.#spill = () => undefined;
    this.#former?.abort();
    this.#filling.abort();
  }
}
