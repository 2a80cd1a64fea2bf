/** Pipes to and from another process, as bytes that are pulled and bytes that are taken. */

import type { Socket } from "node:net";
import type { Body } from "../http/message.ts";

/** Bytes held unread; beyond, the pipe fills up and the writer waits. */
const HELD = 64 * 1024;

interface Reader {
  readonly resolve: (bytes: Uint8Array | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What another process writes. One reader at a time.
 *
 * @example
 * const reader = new PipeReader(spawn("echo", ["hi"]).stdout as Socket);
 * await reader.read(); // Uint8Array [104, 105, 10]
 */
export class PipeReader implements Body {
  readonly #stream: Socket;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #hasEnded = false;
  /** Why nobody shall read any further. */
  #failure: Error | undefined;
  #isDiscarded = false;
  #reader: Reader | undefined;
  /** Called once: when there is nothing left to come. */
  readonly #ended: () => void;

  constructor(stream: Socket, ended: () => void = () => {}) {
    this.#stream = stream;
    this.#ended = ended;
    stream.on("data", this.#take);
    stream.on("end", this.#end);
    // A pipe that breaks has ended: its writer is gone. So has one that we have destroyed.
    stream.on("error", this.#end);
    stream.on("close", this.#end);
  }

  /** How many bytes are here that nobody has read. */
  get held(): number {
    return this.#size;
  }

  /** Whether all has come that ever will. Some of it may still be unread. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#size -= piece.length;
      if (this.#size < HELD && this.#stream.isPaused()) this.#stream.resume();
      return piece;
    }
    if (this.#hasEnded) return undefined;
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  /** Nobody wants the rest: it is read and forgotten, so that the writer can finish. To a reader it has ended. */
  cancel(): void {
    this.#isDiscarded = true;
    this.#pieces = [];
    this.#size = 0;
    this.#stream.resume();
    this.#wake()?.resolve(undefined);
  }

  /** As `cancel`, but a reader, now or later, fails with this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake()?.reject(error);
    this.cancel();
  }

  /** Closes our end: whoever still writes gets SIGPIPE. */
  close(): void {
    this.#stream.destroy();
  }

  #wake(): Reader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  readonly #take = (bytes: Uint8Array): void => {
    if (this.#isDiscarded) return;
    const reader = this.#wake();
    if (reader !== undefined) {
      reader.resolve(bytes);
      return;
    }
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= HELD) this.#stream.pause();
  };

  readonly #end = (): void => {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#wake()?.resolve(undefined);
    this.#ended();
  };
}

/**
 * What another process reads.
 *
 * @example
 * const writer = new PipeWriter(spawn("cat").stdin as Socket);
 * await writer.write(Uint8Array.of(104, 105, 10)); // true
 * writer.end();
 */
export class PipeWriter {
  readonly #stream: Socket;
  /** Whether the other process can still read it. */
  #isOpen = true;
  #room: ((isOpen: boolean) => void) | undefined;

  constructor(stream: Socket) {
    this.#stream = stream;
    // It reads no more (EPIPE): it need not.
    stream.on("error", this.#closed);
    stream.on("close", this.#closed);
    stream.on("drain", () => this.#wake(true));
  }

  /**
   * Takes the bytes, which must not be changed any more. Says whether anybody still reads them: at once where
   * there is room for more, else when there is.
   */
  write(bytes: Uint8Array): boolean | Promise<boolean> {
    if (!this.#isOpen) return false;
    if (this.#stream.write(bytes)) return true;
    return new Promise((resolve) => (this.#room = resolve));
  }

  /** That was all: the other process reads the end, once it has read what came before. */
  end(): void {
    this.#stream.end();
  }

  /** Closes our end at once; what was not read yet may be lost. */
  close(): void {
    this.#stream.destroy();
  }

  #wake(isOpen: boolean): void {
    const room = this.#room;
    this.#room = undefined;
    room?.(isOpen);
  }

  readonly #closed = (): void => {
    this.#isOpen = false;
    this.#wake(false);
  };
}
