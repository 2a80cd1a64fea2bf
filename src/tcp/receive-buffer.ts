/** What has come in order and waits for the application: copied out of the frames, which are wanted back. */

import { LARGE, takePiece } from "./pieces.ts";

/**
 * Bytes that come while others wait are put into larger pieces, so that who reads gets many at once: each twice as
 * large as the one before, so that a few bytes that nobody reads hold a few only.
 */
const SMALLEST = 2048;

/**
 * Grows with what waits, and holds nothing when nothing does.
 *
 * @example
 * const buffer = new ReceiveBuffer();
 * buffer.append(Uint8Array.of(1, 2));
 * buffer.append(Uint8Array.of(3));
 * buffer.length; // 3
 * buffer.read(); // Uint8Array [1, 2]
 */
export class ReceiveBuffer {
  length = 0;
  #pieces: Uint8Array[] = [];
  #head = 0;
  /** The last piece, and how much of it is filled; undefined where the last piece is full. */
  #tail: Uint8Array | undefined;
  #filled = 0;

  append(bytes: Uint8Array): void {
    this.length += bytes.length;
    let rest = bytes;
    if (this.#tail !== undefined) {
      const fits = Math.min(rest.length, this.#tail.length - this.#filled);
      this.#tail.set(fits === rest.length ? rest : rest.subarray(0, fits), this.#filled);
      this.#filled += fits;
      if (this.#filled === this.#tail.length) this.#tail = undefined;
      if (fits === rest.length) return;
      rest = rest.subarray(fits);
      // The rest opens a piece of its own.
    }
    this.#open(rest);
  }

  /** A lone segment gets what it needs; behind others, more is to be expected. */
  #open(bytes: Uint8Array): void {
    const isAlone = this.#head === this.#pieces.length;
    const last = isAlone ? 0 : this.#pieces[this.#pieces.length - 1]!.length;
    const roomy = isAlone ? 0 : Math.min(LARGE, Math.max(SMALLEST, 2 * last));
    const piece = takePiece(Math.max(roomy, bytes.length));
    piece.set(bytes);
    this.#pieces.push(piece);
    this.#tail = piece.length > bytes.length ? piece : undefined;
    this.#filled = bytes.length;
  }

  /** The next piece, which is the reader's from here on. */
  read(): Uint8Array | undefined {
    if (this.#head === this.#pieces.length) return undefined;
    const piece = this.#pieces[this.#head]!;
    const isTail = piece === this.#tail;
    this.#pieces[this.#head++] = EMPTY;
    if (isTail) this.#tail = undefined;
    if (this.#head === this.#pieces.length) {
      this.#pieces = [];
      this.#head = 0;
    }
    const bytes = isTail ? piece.subarray(0, this.#filled) : piece;
    this.length -= bytes.length;
    return bytes;
  }

  /** Nobody will read any more. */
  clear(): void {
    this.length = 0;
    this.#pieces = [];
    this.#head = 0;
    this.#tail = undefined;
  }
}

const EMPTY = new Uint8Array(0);
