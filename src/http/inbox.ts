/** Bytes that have come and are not understood yet. */

const EMPTY = new Uint8Array(0);

/**
 * Keeps what came in one piece. Where nothing was left over, which is nearly always,
 * it adopts the new bytes as they are; only a rest is ever copied.
 *
 * @example
 * const inbox = new Inbox();
 * inbox.add(Uint8Array.of(1, 2, 3));
 * inbox.take(2); // Uint8Array [1, 2]
 * inbox.length; // 1
 */
export class Inbox {
  /** The bytes are those from `at` up to `end`. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Whether `bytes` is a buffer of our own, with room behind `end`. */
  #isOurs = false;

  get length(): number {
    return this.end - this.at;
  }

  add(bytes: Uint8Array): void {
    if (this.at === this.end) {
      this.bytes = bytes;
      this.at = 0;
      this.end = bytes.length;
      this.#isOurs = false;
      return;
    }
    const needed = this.end - this.at + bytes.length;
    if (!this.#isOurs || this.end + bytes.length > this.bytes.length) {
      // Twice what is needed: a peer that sends byte by byte does not make us copy for each byte.
      const room = new Uint8Array(Math.max(256, needed * 2));
      room.set(this.bytes.subarray(this.at, this.end));
      this.end -= this.at;
      this.at = 0;
      this.bytes = room;
      this.#isOurs = true;
    }
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Up to `limit` bytes off the front, as a view; undefined where there are none. */
  take(limit: number): Uint8Array | undefined {
    const length = Math.min(limit, this.end - this.at);
    if (length === 0) return undefined;
    const part = this.bytes.subarray(this.at, this.at + length);
    this.skip(length);
    // The view is the taker's now: what comes next must not be written behind it, into the same buffer.
    this.#isOurs = false;
    return part;
  }

  skip(length: number): void {
    this.at += length;
    if (this.at === this.end) {
      // Let go of the buffer: an idle connection holds none.
      this.bytes = EMPTY;
      this.at = 0;
      this.end = 0;
      this.#isOurs = false;
    }
  }
}
