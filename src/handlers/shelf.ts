/** What is remembered in memory, within bounds: what has not been asked for lately goes first. */

/** What is on the shelf says how many bytes it holds; that may grow, and then the shelf must be told. */
export interface Sized {
  readonly size: number;
}

/** A thing and what the shelf knows of it. */
export interface Kept<Thing extends Sized> {
  readonly thing: Thing;
  /** When it was last known to be true. */
  checkedAt: number;
  /** Asked for since the shelf was last full. */
  wasUsed: boolean;
  size: number;
}

/**
 * Things by name, up to so many bytes and so many things. When it is full it is gone through from the oldest on: what
 * was asked for stays once more, the rest goes (a second chance: as good as the order of use, and a hit costs nothing).
 *
 * @example
 * const shelf = new Shelf({ bytes: 1024, things: 10 });
 * shelf.put("/", { size: 100 }, realClock.now());
 * shelf.get("/")?.thing.size; // 100
 */
export class Shelf<Thing extends Sized> {
  readonly #bytes: number;
  readonly #things: number;
  readonly #kept = new Map<string, Kept<Thing>>();
  #size = 0;

  constructor({ bytes, things }: { readonly bytes: number; readonly things: number }) {
    this.#bytes = bytes;
    this.#things = things;
  }

  /** How many bytes all of it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many things there are. */
  get count(): number {
    return this.#kept.size;
  }

  get(name: string): Kept<Thing> | undefined {
    const kept = this.#kept.get(name);
    if (kept !== undefined) kept.wasUsed = true;
    return kept;
  }

  /** In place of what had the name. */
  put(name: string, thing: Thing, checkedAt: number): void {
    this.remove(name);
    const kept = { thing, checkedAt, wasUsed: false, size: thing.size };
    this.#kept.set(name, kept);
    this.#size += kept.size;
    this.#makeRoom();
  }

  remove(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#size -= kept.size;
  }

  /** It holds more than before, if it is still here. */
  weigh(name: string, thing: Thing): void {
    const kept = this.#kept.get(name);
    if (kept?.thing !== thing) return;
    this.#size += thing.size - kept.size;
    kept.size = thing.size;
    this.#makeRoom();
  }

  #makeRoom(): void {
    // What is put at the end comes round again.
    for (const [name, kept] of this.#kept) {
      if (this.#size <= this.#bytes && this.#kept.size <= this.#things) return;
      this.#kept.delete(name);
      if (kept.wasUsed) {
        kept.wasUsed = false;
        this.#kept.set(name, kept);
      } else {
        this.#size -= kept.size;
      }
    }
  }
}
