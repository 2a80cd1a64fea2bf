/** A request's content that can be sent a second time, should the first upstream fail (RFC 9110 §9.2.2). */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";

/** Bytes kept by default: forms and most of what APIs are sent, and not much for each of a thousand requests. */
const LIMIT = 64 * 1024;

const EMPTY = new Uint8Array(0);

/**
 * A body that keeps what was read of it, up to a limit; what is longer cannot be had again, and nothing of it is kept.
 * Reading costs no promise more than the body within. One reader at a time.
 *
 * @example
 * const replayable = new Replayable({ read: () => utf8("hi"), cancel() {} });
 * replayable.read(); // Uint8Array [104, 105]
 * replayable.rewind();
 * replayable.read(); // Uint8Array [104, 105]
 */
export class Replayable implements Body {
  readonly #body: Body;
  readonly #limit: number;
  /**
   * The bytes kept: the first `#size` of these. They are the first ones read, as they came, for bytes belong to their
   * reader and nobody writes into them; where more come, a buffer of our own, of which many little views
   * would each keep the whole piece they came in.
   */
  #kept: Uint8Array = EMPTY;
  #size = 0;
  #isOurs = false;
  /** How far the reader has got in what is kept. */
  #at = 0;
  /** Whether nothing is gone yet. */
  #isWhole = true;
  #isAtEnd = false;
  /** What the body within was asked for and has not given yet, or its failure. */
  #pending: Promise<Uint8Array | undefined> | undefined;
  /** Whether the present reader waits for that; else it was one from before. */
  #isAwaited = false;
  #reading: Reading | undefined;

  /** Keeps up to `limit` bytes, by default 64 KiB. */
  constructor(body: Body, limit: number = LIMIT) {
    this.#body = body;
    this.#limit = limit;
  }

  get length(): number | undefined {
    return this.#body.length;
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }

  /** Whether it can be read from the beginning (again). */
  get canReplay(): boolean {
    return this.#isWhole;
  }

  /**
   * A body of its own for each attempt to send it, which begins with the first byte; those from before are of no use any
   * more. Else an attempt that failed while it waited for the client might read on, behind the back of the next
   * one, and take what is missing there. Throws a TypeError where there is nothing to begin with.
   */
  reading(): Body {
    this.rewind();
    this.#reading = new Reading(this, (reading) => reading === this.#reading);
    return this.#reading;
  }

  /** The next read is the first one; nobody else may read on. Throws a TypeError where that cannot be. */
  rewind(): void {
    if (!this.#isWhole) throw new TypeError("Cannot send the content again: not all that was read of it is kept");
    this.#at = 0;
    this.#isAwaited = false;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#at < this.#size) return this.#again();
    if (this.#pending !== undefined) {
      this.#isAwaited = true;
      return this.#pending;
    }
    if (!this.#isWhole) return this.#body.read();
    return this.#isAtEnd ? undefined : this.#onward();
  }

  /** Nobody wants the rest, nor what was before it. */
  cancel(): void {
    this.#letGo();
    this.#body.cancel();
  }

  /** What is kept must not be written over. */
  recycle(): void {
    if (this.#size === 0) this.#body.recycle?.();
  }

  #again(): Uint8Array {
    const part = this.#kept.subarray(this.#at, this.#size);
    this.#at = this.#size;
    if (!this.#isWhole) this.#letGo();
    return part;
  }

  #onward(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    this.#isAwaited = true;
    let part: Promise<Uint8Array | undefined> | Uint8Array | undefined;
    try {
      part = this.#body.read();
    } catch (error) {
      this.#letGo();
      throw error;
    }
    if (!(part instanceof Promise)) {
      this.#keep(part);
      return part;
    }
    this.#pending = part;
    // Ours is the first to hear of it, so the reader may be given the promise itself.
    part.then(
      (part) => {
        this.#pending = undefined;
        this.#keep(part);
      },
      // The failure stays pending: whoever reads next is to meet it as well.
      () => {
        this.#isWhole = false;
        if (this.#isAwaited) this.#letGo();
      },
    );
    return part;
  }

  #keep(part: Uint8Array | undefined): void {
    if (part === undefined) this.#isAtEnd = true;
    else if (this.#isWhole) this.#append(part);
  }

  #append(part: Uint8Array): void {
    const size = this.#size + part.length;
    if (size > this.#limit) {
      this.#isWhole = false;
      if (this.#isAwaited) {
        this.#letGo();
        return;
      }
    }
    if (this.#size === 0) {
      this.#kept = part;
    } else {
      if (!this.#isOurs || size > this.#kept.length) this.#makeRoom(size);
      this.#kept.set(part, this.#size);
    }
    this.#size = size;
    // Who waits for it is given it without our doing.
    if (this.#isAwaited) this.#at = size;
  }

  /** Twice what is needed: a client that sends byte by byte does not make us copy for each byte. */
  #makeRoom(size: number): void {
    const room = new Uint8Array(Math.max(size, Math.min(2 * size, this.#limit)));
    room.set(this.#kept.subarray(0, this.#size));
    this.#kept = room;
    this.#isOurs = true;
  }

  #letGo(): void {
    this.#isWhole = false;
    this.#kept = EMPTY;
    this.#size = 0;
    this.#at = 0;
  }
}

/** One attempt to send it. */
class Reading implements Body {
  readonly #of: Replayable;
  readonly #isPresent: (reading: Reading) => boolean;

  constructor(of: Replayable, isPresent: (reading: Reading) => boolean) {
    this.#of = of;
    this.#isPresent = isPresent;
  }

  get length(): number | undefined {
    return this.#of.length;
  }

  get trailers(): Fields | undefined {
    return this.#of.trailers;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (!this.#isPresent(this)) throw new TypeError("Cannot read on: the content is being sent again");
    return this.#of.read();
  }

  cancel(): void {
    if (this.#isPresent(this)) this.#of.cancel();
  }

  recycle(): void {
    if (this.#isPresent(this)) this.#of.recycle();
  }
}
