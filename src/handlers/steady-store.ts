/** Around a store, so that nothing it does keeps anybody from his answer: what fails has nothing, and wants nothing. */

import type { Said } from "../cache/said.ts";
import type { Filling, Place, Purging, Selection, Soon, Store, Stored, StoreState } from "../cache/store.ts";

/**
 * Stores promise as much themselves; but a store may be anybody's.
 *
 * @example
 * const shaky = { ...new MemoryStore(), find: () => Promise.reject(new Error("it is gone")) } as unknown as Store;
 * await new SteadyStore(shaky).find("http://localhost/"); // []
 */
export class SteadyStore implements Store {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  find(key: string): Soon<readonly Stored[]> {
    return steady(() => this.#store.find(key), NONE);
  }

  deeper(key: string): Promise<readonly Stored[]> | undefined {
    const deeper = steady(() => this.#store.deeper?.(key), undefined);
    return deeper instanceof Promise ? deeper.then((found) => found ?? NONE) : undefined;
  }

  open(said: Said, place?: Place): Filling | undefined {
    try {
      const filling = this.#store.open(said, place);
      return filling === undefined ? undefined : new SteadyFilling(filling);
    } catch {
      return undefined;
    }
  }

  freshen(stored: Stored, said: Said): Soon<Stored | undefined> {
    return steady(() => this.#store.freshen(stored, said), undefined);
  }

  remove(stored: Stored): Soon<void> {
    return steady(() => this.#store.remove(stored), undefined);
  }

  purge(which: Selection, how: Purging): Soon<number> {
    return steady(() => this.#store.purge(which, how), 0);
  }

  list(): AsyncIterable<Stored> | Iterable<Stored> {
    return this.#store.list();
  }

  state(): Soon<StoreState> {
    return this.#store.state();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

const NONE: readonly Stored[] = [];

/** What it has taken may fail to be read: then whoever reads it breaks off. */
class SteadyFilling implements Filling {
  readonly #filling: Filling;

  constructor(filling: Filling) {
    this.#filling = filling;
  }

  get size(): number {
    return this.#filling.size;
  }

  write(bytes: Uint8Array): Soon<boolean> {
    return steady(() => this.#filling.write(bytes), false);
  }

  read(from: number): Soon<Uint8Array> {
    return this.#filling.read(from);
  }

  end(length?: number): Soon<Stored | undefined> {
    return steady(() => this.#filling.end(length), undefined);
  }

  abort(): void {
    steady(() => this.#filling.abort(), undefined);
  }
}

/** What it gives, at once or later; `otherwise` where it fails. */
function steady<Value>(call: () => Soon<Value>, otherwise: Value): Soon<Value> {
  try {
    const value = call();
    return value instanceof Promise ? value.catch(() => otherwise) : value;
  } catch {
    return otherwise;
  }
}
