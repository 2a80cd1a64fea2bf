/** A response whose content is on its way into memory. */

import type { Said } from "./said.ts";
import type { Filling, Stored } from "./store.ts";

/** Who has the room, and keeps what has come. */
export interface Keeper {
  /** Makes room for so many bytes; false where there is none. */
  claim(bytes: number): boolean;
  /** It has come to its end, and gives back the room it had. */
  settle(filling: FillingInMemory, claimed: number): void;
  keep(filling: FillingInMemory, bytes: ArrayBuffer, length: number | undefined): Stored | undefined;
}

/** Where nobody knows how many will come, blocks grow with what has: from this to that. */
const SMALLEST_BLOCK = 4 * 1024;
const LARGEST_BLOCK = 256 * 1024;

/**
 * What is announced has its buffer from the beginning, and stays in it; else blocks are joined in the end.
 *
 * @internal
 */
export class FillingInMemory implements Filling {
  readonly said: Said;
  /** Where its first byte belongs, and to what it is joined. */
  readonly first: number;
  readonly onto: Stored | undefined;
  /** Purged on its way: not kept, or asked about before its first use. */
  fate: "kept" | "removed" | "invalid" = "kept";
  readonly #keeper: Keeper;
  /** It takes no more than this. */
  readonly #most: number;
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #capacity = 0;
  /** Room that we have: `#capacity`, and what is said. */
  #claimed: number;
  #size = 0;
  #state: "open" | "refused" | "over" = "open";

  /** `claimed`: the room that it has already, with that for `size`. */
  constructor(
    said: Said,
    keeper: Keeper,
    claimed: number,
    most: number,
    place: { size?: number | undefined; first?: number; onto?: Stored | undefined },
  ) {
    this.said = said;
    this.first = place.first ?? 0;
    this.onto = place.onto;
    this.#keeper = keeper;
    this.#claimed = claimed;
    this.#most = place.size ?? most;
    if (place.size !== undefined && place.size > 0) this.#add(place.size);
  }

  get size(): number {
    return this.#size;
  }

  /** All of them, or none. */
  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    const size = this.#size + bytes.length;
    if (size > this.#most || (size > this.#capacity && !this.#grow(size - this.#capacity))) {
      this.#state = "refused";
      return false;
    }
    let at = this.#size;
    this.#size = size;
    let left = bytes;
    // From the block that is being filled; those before it are full.
    let start = this.#capacity;
    let block = this.#blocks.length;
    while (start > at) start -= this.#blocks[--block]!.length;
    for (; left.length > 0; block++) {
      const into = this.#blocks[block]!;
      const part = left.subarray(0, start + into.length - at);
      into.set(part, at - start);
      at += part.length;
      start += into.length;
      left = left.subarray(part.length);
    }
    return true;
  }

  read(from: number): Uint8Array {
    let start = 0;
    for (const block of this.#blocks) {
      if (from < start + block.length) return block.subarray(from - start, this.#size - start);
      start += block.length;
    }
    throw new RangeError(`Cannot read from ${from}: there are ${this.#size} bytes`);
  }

  end(length?: number): Stored | undefined {
    if (this.#state !== "open") return undefined;
    this.#state = "over";
    const whole = this.#joined();
    // Whoever still reads reads from the same bytes as all others.
    this.#blocks = [new Uint8Array(whole)];
    this.#keeper.settle(this, this.#claimed);
    return this.#keeper.keep(this, whole, length);
  }

  abort(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#blocks = [];
    this.#keeper.settle(this, this.#claimed);
  }

  #grow(missing: number): boolean {
    const usual = Math.min(Math.max(this.#capacity, SMALLEST_BLOCK), LARGEST_BLOCK, this.#most - this.#capacity);
    // Where there is no room for as much as that, there may be for what is there.
    return this.#claim(Math.max(missing, usual)) || (missing < usual && this.#claim(missing));
  }

  #claim(length: number): boolean {
    if (!this.#keeper.claim(length)) return false;
    this.#claimed += length;
    this.#add(length);
    return true;
  }

  #add(length: number): void {
    this.#blocks.push(new Uint8Array(length));
    this.#capacity += length;
  }

  #joined(): ArrayBuffer {
    const [only] = this.#blocks;
    if (only?.length === this.#size) return only.buffer;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const block of this.#blocks) {
      const part = block.subarray(0, this.#size - at);
      whole.set(part, at);
      at += part.length;
    }
    return whole.buffer;
  }
}
