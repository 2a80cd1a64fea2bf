/**
 * One connection of the operating system, TCP or Unix-domain, behind the contract.
 *
 * Node reads into a buffer that all connections share, and calls us (`onread`): what came is copied out, and nothing is
 * kept for a connection that is idle. Who gives back what he reads is lent buffers of his own, and spared the copy. See
 * docs/decisions/001 and 010, and read-buffers.ts.
 */

import * as net from "node:net";
import { errorOf, socketError } from "./errors.ts";
import { BULK, borrow, bufferToRead, giveBack, isOwn, readNextInto, SHARED, writeOff } from "./read-buffers.ts";
import { type Address, type InternetAddress, printAddress, type Socket } from "./socket.ts";

const OWNER = Symbol("owner");

/**
 * A stream that can still be read when it can be written no more: a server that has answered in the middle of an
 * upload, and closed, has said why. Node would throw that away. See docs/decisions/011.
 *
 * @internal
 */
export class Stream extends net.Socket {
  [OWNER]?: KernelSocket;

  override destroy(error?: Error & { syscall?: string }): this {
    if (error?.syscall === "write" && this[OWNER]?.writeFailed(error) === true) return this;
    return super.destroy(error);
  }
}

/**
 * What every stream is made with. 64 KiB are what Linux usually gives for one read, and takes of one write: with less
 * we wait for each other more often, with more a slow peer only costs more memory.
 *
 * @internal
 */
export const STREAM_OPTIONS = {
  allowHalfOpen: true,
  highWaterMark: 64 * 1024,
  onread: { buffer: bufferToRead, callback: receive as net.OnReadOpts["callback"] },
} as const;

/**
 * Dead peers are looked for once a connection has been silent for a minute.
 *
 * @internal
 */
export const KEEP_ALIVE = 60_000;

/** The connection as libuv has it. */
interface Handle {
  readonly bytesWritten: number;
  /** Of those, how many wait for the kernel to take them. */
  readonly writeQueueSize?: number;
}

/** Calls with the stream as `this`, so that no connection needs a function of its own. */
function receive(this: Stream, length: number, buffer: Uint8Array): boolean {
  return this[OWNER]!.filled(length, buffer);
}

/**
 * For a stream made without `onread`, paused: its bytes come by an event.
 *
 * @internal
 */
export function readByEvents(stream: Stream): void {
  stream.on("data", hasData);
}

function hasData(this: Stream, bytes: Uint8Array): void {
  if (!this[OWNER]!.received(bytes)) this.pause();
}

/**
 * A connected stream, to which nobody else listens.
 *
 * @internal
 */
export class KernelSocket implements Socket {
  readonly remote: Address;
  readonly #stream: Stream;
  readonly #here: Address;
  #local: Address | undefined;
  /** What came while nobody read: one buffer's worth, then the stream is stopped, and the kernel keeps the rest. */
  #waiting: Uint8Array | undefined;
  #isStopped: boolean;
  #hasEnded = false;
  #error: Error | undefined;
  /** The peer takes nothing any more; what it has said can still be read. */
  #writeError: Error | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #ending: PromiseWithResolvers<void> | undefined;
  #listensForDrain = false;
  /** Whether the reader gives back what he is done with, and how many buffers the two of us have. */
  #recycles = false;
  #borrowed = 0;

  /** The addresses are said where the system does not know better. A stopped stream is started by the first read. */
  constructor(stream: Stream, here: Address, there: Address, state: "stopped" | "flowing") {
    // Asked at once: when the peer has gone, the system forgets it, but a log still wants to know.
    this.remote = remoteOf(stream) ?? there;
    this.#stream = stream;
    this.#here = here;
    this.#isStopped = state === "stopped";
    this.#stream[OWNER] = this;
    stream.on("error", hasFailed);
    stream.on("end", hasEnded);
  }

  /** Asking the system costs a call, and few ask. */
  get local(): Address {
    this.#local ??= localOf(this.#stream) ?? this.#here;
    return this.#local;
  }

  read(): Promise<Uint8Array | undefined> {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      return Promise.resolve(waiting);
    }
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#hasEnded) return END;
    if (this.#reader !== undefined) return Promise.reject(new TypeError("Cannot read: somebody reads already"));
    if (this.#isStopped) {
      this.#isStopped = false;
      this.#stream.resume();
    }
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** @internal So much of a buffer has been read into. Says whether there may be more. */
  filled(length: number, buffer: Uint8Array): boolean {
    const isShared = buffer === SHARED;
    const isBulk = length >= BULK && this.#recycles;
    const other = isBulk ? borrow() : undefined;
    if (other !== undefined) this.#borrowed += 1;
    if (other !== undefined && !isShared) {
      readNextInto(other);
      return this.received(buffer.subarray(0, length));
    }
    // The very next read, of whatever connection, overwrites it.
    const bytes = Buffer.allocUnsafe(length);
    bytes.set(length === buffer.length ? buffer : buffer.subarray(0, length));
    readNextInto(other ?? (isShared || isBulk ? undefined : SHARED));
    if (!isShared && !isBulk) this.recycle(buffer);
    return this.received(bytes);
  }

  recycle(bytes: Uint8Array): void {
    // All that it had has been written off.
    if (this.#error !== undefined) return;
    this.#recycles = true;
    if (giveBack(bytes)) this.#borrowed -= 1;
  }

  keep(bytes: Uint8Array): void {
    if (this.#error !== undefined || !isOwn(bytes)) return;
    writeOff(1);
    this.#borrowed -= 1;
  }

  /** @internal Says whether there may be more. */
  received(bytes: Uint8Array): boolean {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve(bytes);
      return true;
    }
    // Until what was written before `close` has gone, what comes is dropped.
    if (this.#error !== undefined) return true;
    this.#waiting = bytes;
    this.#isStopped = true;
    return false;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#writeError !== undefined) return refused(this.#writeError);
    if (this.#ending !== undefined) return refused(errorOf("EPIPE", `Cannot write to ${printAddress(this.remote)}`));
    this.#stream.write(bytes);
    // What the kernel took at once is counted no more.
    if (this.#stream.writableLength < STREAM_OPTIONS.highWaterMark) return undefined;
    if (!this.#listensForDrain) {
      this.#listensForDrain = true;
      this.#stream.on("drain", hasDrained);
    }
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** What the kernel has taken is a copy. */
  get isFlushed(): boolean {
    return this.#stream.writableLength === 0;
  }

  /** A large piece goes bit by bit, which only the handle counts: Node's own timeouts look there, too. */
  get sent(): number {
    const { _handle: handle } = this.#stream as { _handle?: Handle | null };
    return handle?.writeQueueSize === undefined
      ? this.#stream.bytesWritten
      : handle.bytesWritten - handle.writeQueueSize;
  }

  end(): Promise<void> {
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#writeError !== undefined) return refused(this.#writeError);
    if (this.#ending === undefined) {
      this.#ending = Promise.withResolvers();
      this.#stream.on("finish", hasFinished);
      this.#stream.end();
    }
    return this.#ending.promise;
  }

  /**
   * Ends after what is written has gone, then frees the descriptor without waiting for the peer's end. If by then
   * bytes lie unread, the kernel resets the connection, which may take with it what the peer has not yet read: whoever
   * must know that it arrived, ends and reads to the peer's end first. A peer who takes nothing holds the socket until
   * `reset`, which is allowed after `close`.
   */
  close(): void {
    if (!this.#leave()) return;
    if (this.#isStopped) this.#stream.resume();
    // Nothing that was written will go any more.
    if (this.#writeError !== undefined) this.#stream.destroy();
    else this.#stream.destroySoon();
  }

  /** A Unix-domain socket knows no reset: its peer sees the end, or ECONNRESET if we leave something unread. */
  reset(): void {
    this.#leave();
    const stream = this.#stream;
    if (stream.destroyed) return;
    if ("path" in this.remote || this.#writeError !== undefined) stream.destroy();
    // The kernel is being told of our end, and libuv refuses to reset until it has been: one turn of the loop.
    else if (isEnding(stream)) stream.once("finish", stream.resetAndDestroy);
    else stream.resetAndDestroy();
  }

  /** Says whether there was something to leave. */
  #leave(): boolean {
    this.#waiting = undefined;
    if (this.#error !== undefined) return false;
    this.#fail(errorOf("ECONNABORTED", `Cannot go on talking to ${printAddress(this.remote)}`));
    return true;
  }

  /** @internal The system says so. What came before can still be read. */
  failed(error: Error): void {
    if (this.#error !== undefined) return;
    this.#fail(socketError(error, `Cannot go on talking to ${printAddress(this.remote)}`));
  }

  /** @internal Says whether the stream is to be kept for reading. */
  writeFailed(error: Error): boolean {
    if (this.#error !== undefined || this.#hasEnded) return false;
    this.#writeError = socketError(error, `Cannot go on talking to ${printAddress(this.remote)}`);
    // Else Node would not tell of the peer's end.
    (this.#stream as unknown as { _readableState: { errored: unknown } })._readableState.errored = null;
    this.#dropWriters(this.#writeError);
    return true;
  }

  #fail(error: Error): void {
    this.#error = error;
    writeOff(this.#borrowed);
    this.#borrowed = 0;
    this.#recycles = false;
    this.#reader?.promise.catch(ignore);
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#dropWriters(error);
  }

  #dropWriters(error: Error): void {
    this.#room?.promise.catch(ignore);
    this.#room?.reject(error);
    this.#room = undefined;
    this.#ending?.promise.catch(ignore);
    this.#ending?.reject(error);
  }

  /** @internal The peer has said everything. */
  ended(): void {
    if (this.#writeError !== undefined) {
      // An end after a reset is not one in good order.
      this.failed(this.#writeError);
      this.#stream.destroy();
      return;
    }
    this.#hasEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  /** @internal There is room again. */
  drained(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** @internal Our end has gone out. */
  finished(): void {
    this.#ending?.resolve();
  }
}

/** Every stream's listeners are these few, and find their socket by the stream: closures for each would add up. */
function hasFailed(this: Stream, error: Error): void {
  this[OWNER]!.failed(error);
}

function hasEnded(this: Stream): void {
  this[OWNER]!.ended();
}

function hasDrained(this: Stream): void {
  this[OWNER]!.drained();
}

function hasFinished(this: Stream): void {
  this[OWNER]!.finished();
}

const END: Promise<undefined> = Promise.resolve(undefined);

const ignore = (): void => {};

/** An error that comes by a promise, and waits there if nobody listens. */
function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  return promise;
}

/** Everything has gone out but the end itself. */
function isEnding(stream: net.Socket): boolean {
  return stream.writableEnded && !stream.writableFinished && stream.writableLength === 0;
}

/**
 * Of a connection that is still open, and not a Unix-domain one.
 *
 * @internal
 */
export function localOf(stream: net.Socket): InternetAddress | undefined {
  const { localAddress, localPort } = stream;
  return localAddress === undefined ? undefined : { host: localAddress, port: localPort! };
}

function remoteOf(stream: net.Socket): InternetAddress | undefined {
  const { remoteAddress, remotePort } = stream;
  return remoteAddress === undefined ? undefined : { host: remoteAddress, port: remotePort! };
}
