/** A response on its way to disk: short content stays in memory until it is complete, longer content goes to a file. */

import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { concat } from "../base/bytes.ts";
import type { Said } from "../cache/said.ts";
import type { Filling, Place, Soon, Stored } from "../cache/store.ts";
import type { DiskContent } from "./disk-content.ts";
import type { DiskFiles } from "./disk-files.ts";
import type { Span } from "./disk-spans.ts";

/** Who keeps what is complete. */
export interface Keeper {
  readonly files: DiskFiles;
  /** Content of up to so many bytes needs no file. */
  readonly inline: number;
  /** Bytes that may be stored of a content. */
  readonly most: number;
  /** Makes room for so many bytes on their way; false where there is none. */
  reserve(bytes: number): boolean;
  free(bytes: number): void;
  /** A number for what is new. */
  newId(): number;
  /** Enters it into the index; undefined where that is not possible. */
  keep(said: Said, content: Written): Stored | undefined;
  /** So many bytes of a file that others have a part in are of no use. */
  wasted(id: number, bytes: number): void;
  failed(error: unknown): void;
  left(filling: DiskFilling): void;
}

/** What has come. */
export interface Written {
  readonly id: number;
  readonly length: number;
  readonly span: Span;
  /** Where the bytes are: here, or in a file, which may be that of what they are joined to. */
  readonly content?: Uint8Array;
  readonly file?: string;
  readonly isOnto: boolean;
}

interface Chunk {
  readonly bytes: Uint8Array;
  used: number;
  /** Somebody reads it: it is not used again. */
  isLent: boolean;
}

const CHUNK = 128 * 1024;
const SMALL_CHUNK = 1024;
/** Chunks that have been written, to be used again: fresh memory is dear. */
const spare: Uint8Array[] = [];
const MOST_SPARE = 16;

/** Who writes waits while so many bytes wait for the disk. */
const MOST_WAITING = 1024 * 1024;

/** What is read of a file at a time, while it is being written. */
const PIECE = 64 * 1024;

/**
 * Each byte goes to its own position in the file, with holes where none have come: parts come in any order, and what is
 * complete can be read as it is.
 *
 * @internal
 */
export class DiskFilling implements Filling {
  size = 0;
  /** What `end` has begun. */
  ending: Promise<Stored | undefined> | undefined;
  readonly #keeper: Keeper;
  readonly #said: Said;
  readonly #first: number;
  readonly #onto: DiskContent | undefined;
  /** How many bytes it may take. */
  readonly #most: number;
  /** How many it was told to expect. */
  readonly #expected: number | undefined;
  #crc = 0;
  /** What is not in the file yet. */
  #chunks: Chunk[] = [];
  #isFile: boolean;
  /** How many bytes are in the file. */
  #written = 0;
  #name: string | undefined;
  #handle: FileHandle | undefined;
  #flushing: Promise<void> | undefined;
  #reserved = 0;
  #wake: (() => void) | undefined;
  #takes = true;
  #isEnding = false;
  #isBroken = false;
  #isOver = false;

  constructor(keeper: Keeper, said: Said, { size, first = 0 }: Place, onto: DiskContent | undefined) {
    this.#keeper = keeper;
    this.#said = said;
    this.#first = first;
    this.#onto = onto;
    this.#most = keeper.most - (onto?.size ?? 0);
    this.#expected = size;
    this.#isFile = (size ?? 0) > keeper.inline || first > 0 || onto !== undefined;
  }

  write(bytes: Uint8Array): Soon<boolean> {
    if (!this.#takes) return false;
    if (this.size + bytes.length > this.#most || !this.#copy(bytes)) {
      this.#takes = false;
      return false;
    }
    this.#crc = crc32(bytes, this.#crc);
    this.size += bytes.length;
    this.#isFile ||= this.size > this.#keeper.inline;
    if (this.#isFile) this.#flushing ??= this.#ready() === undefined ? undefined : this.#flush();
    if (this.size - this.#written <= MOST_WAITING || this.#flushing === undefined) return true;
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.#takes);
  }

  #copy(bytes: Uint8Array): boolean {
    const last = this.#chunks.at(-1);
    const room = last === undefined ? 0 : last.bytes.length - last.used;
    const head = bytes.length > room ? bytes.subarray(0, room) : bytes;
    const rest = bytes.subarray(head.length);
    if (rest.length > 0) {
      // Many small responses at a time need no more than they have; of a long one, what comes next may be as much again.
      const more = this.#expected === undefined ? Math.max(SMALL_CHUNK, this.size) : this.#expected - this.size;
      const capacity = Math.max(rest.length, Math.min(CHUNK, more));
      if (!this.#keeper.reserve(capacity)) return false;
      this.#reserved += capacity;
      const memory = (capacity === CHUNK ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(capacity);
      memory.set(rest);
      this.#chunks.push({ bytes: memory, used: rest.length, isLent: false });
    }
    if (last !== undefined) {
      last.bytes.set(head, last.used);
      last.used += head.length;
    }
    return true;
  }

  /** The first chunk that nothing is added to. */
  #ready(): Chunk | undefined {
    const [first] = this.#chunks;
    if (first === undefined || this.#isEnding || this.#chunks.length > 1) return first;
    return first.used === first.bytes.length ? first : undefined;
  }

  async #flush(): Promise<void> {
    try {
      this.#handle ??= await this.#open();
      for (let chunk = this.#ready(); chunk !== undefined && !this.#isOver; chunk = this.#ready()) {
        await writeAll(this.#handle, chunk.bytes.subarray(0, chunk.used), this.#first + this.#written);
        this.#written += chunk.used;
        this.#chunks.shift();
        if (!chunk.isLent && chunk.bytes.length === CHUNK && spare.length < MOST_SPARE) spare.push(chunk.bytes);
        if (this.size - this.#written <= MOST_WAITING) this.#wake?.();
      }
    } catch (error) {
      if (!this.#isOver) this.#keeper.failed(error);
      this.#takes = false;
      this.#isBroken = true;
    }
    this.#flushing = undefined;
    this.#wake?.();
  }

  async #open(): Promise<FileHandle> {
    const { files } = this.#keeper;
    if (this.#onto?.file !== undefined) {
      this.#name = this.#onto.file;
      return files.append(this.#name);
    }
    const { name, handle } = await files.create();
    this.#name = name;
    return handle;
  }

  read(from: number): Soon<Uint8Array> {
    let at = this.#written;
    if (from >= at) {
      for (const chunk of this.#chunks) {
        if (from < at + chunk.used) {
          chunk.isLent = true;
          return chunk.bytes.subarray(from - at, chunk.used);
        }
        at += chunk.used;
      }
    }
    return this.#readFile(from);
  }

  async #readFile(from: number): Promise<Uint8Array> {
    const { files } = this.#keeper;
    const bytes = Buffer.allocUnsafeSlow(Math.min(PIECE, this.#written - from));
    const own = this.#handle;
    const name = this.#name!;
    try {
      const handle = own ?? (await files.acquire(name));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, this.#first + from);
      if (bytesRead === 0) throw new Error("Cannot read on: the file has become shorter");
      return bytes.subarray(0, bytesRead);
    } finally {
      if (own === undefined) files.release(name);
    }
  }

  end(length?: number): Soon<Stored | undefined> {
    if (this.#isOver || this.#isEnding) return undefined;
    const isWilling = this.#takes;
    this.#takes = false;
    this.#isEnding = true;
    const whole = length ?? this.#onto?.length ?? this.#first + this.size;
    const isShort = this.size <= this.#keeper.inline && this.#onto === undefined;
    if (isWilling && isShort && this.size === whole) return this.#endHere();
    // A part goes to a file, however short it is: it may become more.
    this.ending = this.#endInFile(isWilling, whole);
    return this.ending;
  }

  #endHere(): Stored | undefined {
    const content = concat(this.#chunks.map(({ bytes, used }) => bytes.subarray(0, used)));
    const span = { first: 0, last: this.size - 1, crc: this.#crc };
    this.#leave();
    const id = this.#keeper.newId();
    return this.#keeper.keep(this.#said, { id, length: this.size, span, content, isOnto: false });
  }

  async #endInFile(isWilling: boolean, length: number): Promise<Stored | undefined> {
    let stored: Stored | undefined;
    try {
      stored = isWilling ? await this.#complete(length) : undefined;
    } catch (error) {
      this.#keeper.failed(error);
    }
    await this.#flushing;
    // Whoever has not read all of it yet finds the file by its name.
    const handle = this.#handle;
    this.#handle = undefined;
    this.#leave();
    if (handle !== undefined) this.#keeper.files.goOn(handle.close());
    if (stored === undefined && this.#name !== undefined) {
      if (this.#onto === undefined) this.#keeper.files.discard(this.#name, this.#written);
      else this.#keeper.wasted(this.#onto.id, this.#written);
    }
    return stored;
  }

  async #complete(length: number): Promise<Stored | undefined> {
    while (this.#chunks.length > 0 && !this.#isBroken) await (this.#flushing ??= this.#flush());
    if (this.#isBroken || this.#name === undefined) return undefined;
    const isOnto = this.#onto !== undefined;
    const id = this.#onto?.id ?? this.#keeper.newId();
    if (!isOnto) this.#name = await this.#keeper.files.keep(this.#name, id);
    const span = { first: this.#first, last: this.#first + this.size - 1, crc: this.#crc };
    this.#free();
    return this.#keeper.keep(this.#said, { id, length, span, file: this.#name, isOnto });
  }

  abort(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#takes = false;
    this.#leave();
    this.#wake?.();
    this.#keeper.files.goOn(this.#drop());
  }

  async #drop(): Promise<void> {
    await this.#flushing;
    await this.#handle?.close();
    if (this.#name === undefined) return;
    if (this.#onto === undefined) this.#keeper.files.remove(this.#name);
    else this.#keeper.wasted(this.#onto.id, this.#written);
  }

  /** It is on its way no longer. */
  #leave(): void {
    this.#isOver = true;
    this.#free();
    this.#keeper.left(this);
  }

  #free(): void {
    this.#keeper.free(this.#reserved);
    this.#reserved = 0;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
