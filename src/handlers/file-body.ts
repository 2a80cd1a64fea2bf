/** A file's content on its way: through one open descriptor, a piece at a time, the next one read ahead. */

import type { FileHandle } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import { readExactly } from "./open-file.ts";

/**
 * Pieces hold what the reader takes in this many milliseconds. A quick one is served in large pieces, which cost
 * least; thousands of slow ones hold little memory each.
 */
const PACE = 20;
const SMALLEST = 64 * 1024;
/** Measured on one core against nginx's sendfile: larger pieces fall out of the processor's cache, smaller ones cost more calls. */
const LARGEST = 512 * 1024;

/**
 * So many files at a time go in larger pieces than the smallest. A peer who reads nothing looks quick until the kernel's
 * buffers are full (4 MiB on Linux), and then holds two pieces: a crowd of those must not hold the largest.
 */
const MOST_QUICK = 64;
let quick = 0;

/**
 * Memory for the largest pieces, of all files that are sent. Fresh memory for each piece would have to be cleared by
 * the kernel, and pushes everything out of the processor's cache: it halves the speed.
 */
const spare: Uint8Array[] = [];
const MOST_SPARE = 16;

/**
 * Bytes of a file, and bytes from elsewhere between them (the heads of multipart/byteranges).
 * Fails where the file has become shorter; a file that grows does not matter.
 *
 * The descriptor is closed as soon as the last byte has been read, and on failure and `cancel`.
 *
 * @example
 * const { open } = await import("node:fs/promises");
 * const body = new FileBody(await open("package.json"), [{ first: 0, last: 9 }], realClock);
 * body.length; // 10
 * body.cancel();
 */
export class FileBody implements Body {
  readonly length: number;
  readonly #handle: FileHandle;
  readonly #clock: Clock;
  readonly #parts: (Uint8Array | ByteRange)[];
  #pieceSize = SMALLEST;
  #ahead: Promise<Uint8Array> | Uint8Array | undefined;
  /** What the piece begun last is read into, if that can be used again; and of those given out. */
  #memory: Uint8Array | undefined;
  readonly #given: Uint8Array[] = [];
  #reads = 0;
  #isClosed = false;
  #gaveAt: number | undefined;

  constructor(handle: FileHandle, parts: readonly (Uint8Array | ByteRange)[], clock: Clock) {
    this.#handle = handle;
    this.#clock = clock;
    this.#parts = parts.toReversed();
    this.length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  }

  read(): Promise<Uint8Array> | Uint8Array | undefined {
    this.#keepPace();
    const piece = this.#ahead ?? this.#next();
    if (this.#memory !== undefined) this.#given.push(this.#memory);
    this.#ahead = this.#next();
    return piece;
  }

  recycle(): void {
    for (const memory of this.#given) if (spare.length < MOST_SPARE) spare.push(memory);
    this.#given.length = 0;
  }

  cancel(): void {
    this.#ahead = undefined;
    this.#readNoMore();
  }

  /** The next piece, under way. */
  #next(): Promise<Uint8Array> | Uint8Array | undefined {
    this.#memory = undefined;
    const part = this.#parts.pop();
    if (part !== undefined && "first" in part) return this.#begin(part);
    this.#closeAfterLast();
    return part;
  }

  #begin({ first, last }: ByteRange): Promise<Uint8Array> {
    const length = Math.min(last - first + 1, this.#pieceSize);
    if (first + length <= last) this.#parts.push({ first: first + length, last });
    if (length > LARGEST / 2) this.#memory = spare.pop() ?? Buffer.allocUnsafeSlow(LARGEST);
    const piece = this.#read(first, this.#memory?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length));
    // It may fail before anybody asks for it; who asks will hear of it.
    piece.catch(() => {});
    return piece;
  }

  async #read(from: number, bytes: Uint8Array): Promise<Uint8Array> {
    this.#reads += 1;
    try {
      if (await readExactly(this.#handle, bytes, from)) return bytes;
      throw new Error("Cannot read on: the file has become shorter while it was sent");
    } catch (error) {
      this.#readNoMore();
      throw error;
    } finally {
      this.#reads -= 1;
      this.#closeAfterLast();
    }
  }

  #keepPace(): void {
    const now = this.#clock.now();
    const pause = now - (this.#gaveAt ?? now - PACE);
    this.#gaveAt = now;
    if (this.#isClosed) return;
    if (pause > 2 * PACE) this.#resize(Math.max(SMALLEST, this.#pieceSize / 2));
    else if (pause < PACE && (this.#pieceSize > SMALLEST || quick < MOST_QUICK)) {
      this.#resize(Math.min(LARGEST, this.#pieceSize * 2));
    }
  }

  #resize(size: number): void {
    quick += Number(size > SMALLEST) - Number(this.#pieceSize > SMALLEST);
    this.#pieceSize = size;
  }

  #readNoMore(): void {
    this.#parts.length = 0;
    this.#closeAfterLast();
  }

  /** Not under a read: its descriptor's number might be another file's by then. */
  #closeAfterLast(): void {
    if (this.#isClosed || this.#reads > 0 || this.#parts.length > 0) return;
    this.#isClosed = true;
    this.#resize(SMALLEST);
    // What a descriptor that was only read has to say when it closes nobody needs to know.
    this.#handle.close().catch(() => {});
  }
}

const lengthOf = (part: Uint8Array | ByteRange): number =>
  part instanceof Uint8Array ? part.length : part.last - part.first + 1;
