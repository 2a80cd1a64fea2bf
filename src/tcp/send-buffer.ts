/** What the application has written and the peer has not yet acknowledged: by reference, in the order it came. */

const NOTHING = new Uint8Array(0);

/**
 * Counts bytes from the beginning of the connection. Nothing is copied, unless a segment takes of two pieces.
 *
 * @example
 * const buffer = new SendBuffer();
 * buffer.append(Uint8Array.of(1, 2, 3));
 * buffer.slice(1, 2); // Uint8Array [2, 3]
 * buffer.release(2);
 * buffer.length; // 1
 */
export class SendBuffer {
  /** The first byte that is still here, and the one behind the last. */
  start = 0;
  end = 0;
  #pieces: Uint8Array[] = [];
  /** Where each piece begins. */
  #starts: number[] = [];
  /** The first piece that counts; those before are gone, and are dropped when they are many. */
  #head = 0;
  /** The piece in which the last slice ended: the next one mostly begins there. */
  #hint = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#starts.push(this.end);
    this.end += bytes.length;
  }

  /** How many bytes from there on lie in one piece. */
  runAt(at: number): number {
    const index = this.#pieceAt(at);
    return this.#starts[index]! + this.#pieces[index]!.length - at;
  }

  /** So many bytes, at this place; they must be here. */
  slice(at: number, length: number): Uint8Array {
    if (length === 0) return NOTHING;
    const index = this.#pieceAt(at);
    const piece = this.#pieces[index]!;
    const from = at - this.#starts[index]!;
    this.#hint = index;
    if (from + length <= piece.length) return piece.subarray(from, from + length);
    return this.#gather(index, from, length);
  }

  #gather(first: number, from: number, length: number): Uint8Array {
    const whole = new Uint8Array(length);
    let index = first;
    let start = from;
    for (let at = 0; at < length; index++) {
      const piece = this.#pieces[index]!;
      const end = Math.min(piece.length, start + length - at);
      whole.set(piece.subarray(start, end), at);
      at += end - start;
      start = 0;
      this.#hint = index;
    }
    return whole;
  }

  #pieceAt(at: number): number {
    for (let index = Math.max(this.#hint, this.#head); index < this.#hint + 2; index++) {
      if (this.#starts[index]! <= at && at < this.#starts[index]! + this.#pieces[index]!.length) return index;
    }
    let low = this.#head;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** What comes before is acknowledged. */
  release(before: number): void {
    this.start = before;
    while (this.#head < this.#pieces.length && this.#starts[this.#head]! + this.#pieces[this.#head]!.length <= before) {
      // Whoever has written it may want the memory back.
      this.#pieces[this.#head] = NOTHING;
      this.#head++;
    }
    if (this.#head === this.#pieces.length) this.#clear();
    else if (this.#head >= 64 && this.#head * 2 > this.#pieces.length) this.#compact();
  }

  #clear(): void {
    if (this.#head === 0) return;
    this.#pieces = [];
    this.#starts = [];
    this.#head = this.#hint = 0;
  }

  #compact(): void {
    this.#pieces.splice(0, this.#head);
    this.#starts.splice(0, this.#head);
    this.#hint = Math.max(0, this.#hint - this.#head);
    this.#head = 0;
  }
}
