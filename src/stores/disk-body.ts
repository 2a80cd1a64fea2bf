/** The content of a file of the disk store on its way, a piece at a time, the next one read ahead. */

import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import type { DiskFiles } from "./disk-files.ts";
import type { Span } from "./disk-spans.ts";

/** As for any file that is served: large pieces for the quick, small ones for the slow, who may be thousands. */
const SMALLEST = 64 * 1024;
const LARGEST = 512 * 1024;
/** Pieces hold what the reader takes in this many milliseconds. */
const PACE = 20;

/**
 * So many at a time go in larger pieces than the smallest. Who reads nothing looks quick until the kernel's buffers
 * are full, and then holds two pieces.
 */
const MOST_QUICK = 64;
let quick = 0;

/** Memory that was given back, for the largest pieces; fresh memory for each would halve the speed. */
const spare: Uint8Array[] = [];
const MOST_SPARE = 8;

/**
 * The bytes are not those that were written, or they are not there.
 *
 * @internal
 */
export class Damage extends Error {
  override readonly name = "Damage";
}

/** Where the bytes are, and who wants to know if they are not. */
export interface Source {
  readonly files: DiskFiles;
  readonly file: string;
  /** Of what is stored together, the bytes have this checksum. */
  readonly span: Span;
  /** Whether the bytes are known to be as they were written; and that they are, from now on. */
  isSound(): boolean;
  provedSound(): void;
  failed(error: unknown): void;
}

/**
 * Bytes of a file. What nobody has read since the process began is checked. All that is stored together is checked while
 * it is passed on: the last piece is given out if the checksum is right, so that nobody takes the rest for the whole. For
 * a range within it, all of it is read before the first byte is given out.
 *
 * The descriptor is held from the first read to the last byte, a failure, or `cancel`.
 *
 * @internal
 */
export class DiskBody implements Body {
  readonly length: number;
  readonly #source: Source;
  readonly #last: number;
  #at: number;
  #handle: FileHandle | undefined;
  #isHeld = false;
  #isOver = false;
  /** Of what has been read, where that is to be checked at the end. */
  #crc: number | undefined;
  #ahead: Promise<Uint8Array | undefined> | undefined;
  #pieceSize = SMALLEST;
  #gaveAt: number | undefined;
  readonly #given: Uint8Array[] = [];

  constructor(source: Source, { first, last }: ByteRange) {
    this.#source = source;
    this.#at = first;
    this.#last = last;
    this.length = last - first + 1;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isHeld) this.#keepPace();
    const coming = this.#ahead ?? this.#fetch();
    this.#ahead = undefined;
    const piece = await coming;
    if (piece === undefined || this.#isOver) return undefined;
    if (piece.buffer.byteLength === LARGEST) this.#given.push(piece);
    if (this.#at <= this.#last) {
      this.#ahead = this.#fetch();
      // It may fail before anybody asks for it; who asks will hear of it.
      this.#ahead.catch(() => {});
    } else this.#isOver = true;
    return piece;
  }

  recycle(): void {
    for (const { buffer } of this.#given.splice(0)) if (spare.length < MOST_SPARE) spare.push(new Uint8Array(buffer));
  }

  cancel(): void {
    this.#isOver = true;
    this.#ahead = undefined;
    this.#letGo();
  }

  async #fetch(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    try {
      const handle = (this.#handle ??= await this.#begin());
      const rest = this.#last - this.#at + 1;
      // What would be two of the smallest pieces, of which both are held at once, is one.
      const length = rest <= 2 * SMALLEST ? rest : Math.min(this.#pieceSize, rest);
      const memory = length > LARGEST / 2 ? (spare.pop() ?? Buffer.allocUnsafeSlow(LARGEST)) : undefined;
      const piece = memory?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
      await readExactly(handle, piece, this.#at);
      this.#at += length;
      if (this.#crc !== undefined) this.#crc = crc32(piece, this.#crc);
      if (this.#at > this.#last) {
        this.#letGo();
        if (this.#crc !== undefined) this.#judge(this.#crc);
      }
      return piece;
    } catch (error) {
      this.#letGo();
      // Its descriptor has been closed under it.
      if (this.#isOver) return undefined;
      this.#isOver = true;
      this.#source.failed(error);
      throw error;
    }
  }

  async #begin(): Promise<FileHandle> {
    const { files, file, span } = this.#source;
    this.#isHeld = true;
    const handle = await files.acquire(file);
    if (this.#source.isSound()) return handle;
    if (this.#at === span.first && this.#last === span.last) {
      this.#crc = 0;
      return handle;
    }
    const memory = Buffer.allocUnsafeSlow(Math.min(LARGEST, span.last - span.first + 1));
    let crc = 0;
    for (let at = span.first; at <= span.last; at += memory.length) {
      const piece = memory.subarray(0, span.last - at + 1);
      await readExactly(handle, piece, at);
      crc = crc32(piece, crc);
    }
    this.#judge(crc);
    return handle;
  }

  #judge(crc: number): void {
    if (crc !== this.#source.span.crc) throw new Damage("its bytes are not those that were written");
    this.#source.provedSound();
  }

  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#resize(SMALLEST);
    this.#source.files.release(this.#source.file);
  }

  #keepPace(): void {
    const now = this.#source.files.clock.now();
    const pause = now - (this.#gaveAt ?? now - PACE);
    this.#gaveAt = now;
    if (pause > 2 * PACE) this.#resize(Math.max(SMALLEST, this.#pieceSize / 2));
    else if (pause < PACE && (this.#pieceSize > SMALLEST || quick < MOST_QUICK)) {
      this.#resize(Math.min(LARGEST, this.#pieceSize * 2));
    }
  }

  #resize(size: number): void {
    quick += Number(size > SMALLEST) - Number(this.#pieceSize > SMALLEST);
    this.#pieceSize = size;
  }
}

/**
 * Fills the bytes with those of the file from there on.
 *
 * @internal
 */
export async function readExactly(handle: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new Damage("it is shorter than it was");
    at += bytesRead;
  }
}
