/** A response on its way into a shared store: it is collected here, and handed over when it is whole. */

import type { Filling, Soon, Stored } from "../cache/store.ts";

/**
 * How much all that are on their way may hold together, and one of them.
 *
 * @internal
 */
export class Room {
  readonly #budget: number;
  readonly #maxObject: number;
  #used = 0;

  constructor(budget: number, maxObject: number) {
    this.#budget = budget;
    this.#maxObject = maxObject;
  }

  /** Whether one may have so many bytes. */
  fits(size: number): boolean {
    return size <= this.#maxObject;
  }

  hasLeft(bytes: number): boolean {
    return this.#used + bytes <= this.#budget;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

export interface FillingOptions {
  readonly room: Room;
  /** How many bytes are going to come, where that is known. */
  readonly size: number | undefined;
  /** How many bytes it is joined to, which count as its own. */
  readonly joined: number;
  /** False where it could not be stored any more. */
  readonly isWanted: () => boolean;
  /** Stores what has come: these bytes, in order. */
  readonly keep: (blocks: readonly Uint8Array[], length: number | undefined) => Promise<Stored | undefined>;
}

/** Memory is taken by so many bytes at a time: as many as are announced, within these bounds. Most that are not are short. */
const MOST = 64 * 1024;
const UNKNOWN = 16 * 1024;
const LEAST = 1024;

/**
 * Blocks of one size, so that where a byte is need not be looked for.
 *
 * @internal
 */
export class SharedFilling implements Filling {
  readonly #options: FillingOptions;
  readonly #block: number;
  readonly #blocks: Uint8Array[] = [];
  #size = 0;
  /** What of the room is ours. */
  #taken = 0;
  /** "refused": it has become too much. */
  #state: "open" | "refused" | "over" = "open";

  constructor(options: FillingOptions) {
    this.#options = options;
    this.#block = Math.min(Math.max(options.size ?? UNKNOWN, LEAST), MOST);
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    const { room, joined, isWanted } = this.#options;
    const blocks = Math.ceil((this.#size + bytes.length) / this.#block);
    const more = (blocks - this.#blocks.length) * this.#block;
    if (!isWanted() || !room.fits(joined + this.#size + bytes.length) || !room.hasLeft(more)) {
      this.#state = "refused";
      return false;
    }
    room.take(more);
    this.#taken += more;
    while (this.#blocks.length < blocks) this.#blocks.push(Buffer.allocUnsafeSlow(this.#block));
    this.#put(bytes);
    return true;
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const block = this.#blocks[Math.floor(this.#size / this.#block)]!;
      const from = this.#size % this.#block;
      const part = bytes.subarray(at, at + block.length - from);
      block.set(part, from);
      this.#size += part.length;
      at += part.length;
    }
  }

  read(from: number): Uint8Array {
    const i = Math.floor(from / this.#block);
    return this.#blocks[i]!.subarray(from - i * this.#block, Math.min(this.#block, this.#size - i * this.#block));
  }

  end(length?: number): Soon<Stored | undefined> {
    if (this.#state !== "open") {
      this.abort();
      return undefined;
    }
    this.#state = "over";
    const last = this.#size % this.#block;
    const blocks = last === 0 ? this.#blocks : this.#blocks.with(-1, this.#blocks.at(-1)!.subarray(0, last));
    return this.#options.keep(blocks, length).finally(() => this.#release());
  }

  abort(): void {
    this.#state = "over";
    this.#release();
  }

  #release(): void {
    this.#options.room.give(this.#taken);
    this.#taken = 0;
  }
}
