/** The last bytes of a stream, held for those who lag behind. */

/**
 * Pieces, and where in the stream they stand.
 *
 * @example
 * const held = new HeldBytes(100);
 * held.push(utf8("hello"));
 * held.at(102); // Uint8Array [108, 108, 111]
 */
export class HeldBytes {
  readonly #pieces: Uint8Array[] = [];
  #from: number;
  #to: number;

  /** `from`: where the first that is held stands. */
  constructor(from: number) {
    this.#from = from;
    this.#to = from;
  }

  /** How many there are. */
  get size(): number {
    return this.#to - this.#from;
  }

  /** Takes a copy: what was read is lent, and will be written over. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes.slice());
    this.#to += bytes.length;
  }

  /** Those from this position on: as many as are handy. */
  at(position: number): Uint8Array {
    let from = this.#from;
    for (const piece of this.#pieces) {
      if (position < from + piece.length && position >= from) return piece.subarray(position - from);
      from += piece.length;
    }
    throw new RangeError(`Cannot read from ${position}: from ${this.#from} to ${this.#to} is here`);
  }

  /** Nobody needs those before this position any more. */
  forgetBefore(position: number): void {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (this.#from + first.length > position) return;
      this.#from += first.length;
      this.#pieces.shift();
    }
  }
}
