/** Content that goes straight to a store behind the memory, which has no room for it. */

import type { Filling, Soon, Stored } from "../cache/store.ts";

/** @internal */
export class FillingBehind implements Filling {
  readonly #filling: Filling;
  readonly #before: () => Promise<void>;
  readonly #after: (stored: Stored) => void;

  /** `before` is waited for before it can be found; `after` is told what can. */
  constructor(filling: Filling, before: () => Promise<void>, after: (stored: Stored) => void) {
    this.#filling = filling;
    this.#before = before;
    this.#after = after;
  }

  get size(): number {
    return this.#filling.size;
  }

  write(bytes: Uint8Array): Soon<boolean> {
    return this.#filling.write(bytes);
  }

  read(from: number): Soon<Uint8Array> {
    return this.#filling.read(from);
  }

  async end(length?: number): Promise<Stored | undefined> {
    await this.#before();
    const stored = await this.#filling.end(length);
    if (stored !== undefined) this.#after(stored);
    return stored;
  }

  abort(): void {
    this.#filling.abort();
  }
}
