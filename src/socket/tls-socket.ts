/** A TLS connection behind the contract, over a socket that is behind it, too (RFC 8446). */

import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { errorOf } from "./errors.ts";
import { type Address, printAddress, type Socket, SocketError } from "./socket.ts";
import { carrierOf } from "./tls-carrier.ts";

export interface TlsSocketOptions {
  /** Begins to speak TLS over the stream. */
  start(carrier: Duplex): TLSSocket;
  /** The event by which the stream says that all is agreed on, and the peer is whom we want. */
  readonly opens: "secureConnect" | "secure";
  /** What an error of the stream is called here. */
  explain(error: Error, stream: TLSSocket): Error;
}

/**
 * One side of a connection: which one, the stream knows that `start` makes.
 *
 * @internal
 */
export class TlsSocket implements Socket {
  readonly local: Address;
  readonly remote: Address;
  /** Both sides agree: before that nothing is to be read or written. */
  readonly opened: Promise<void>;
  readonly #opening = Promise.withResolvers<void>();
  readonly #socket: Socket;
  readonly #carrier: Duplex;
  readonly #stream: TLSSocket;
  #isOpening = true;
  #isLeft = false;
  #hasEnded = false;
  #hasEndedBeneath = false;
  #error: Error | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #ending: PromiseWithResolvers<void> | undefined;

  constructor(socket: Socket, { start, opens, explain }: TlsSocketOptions) {
    this.local = socket.local;
    this.remote = socket.remote;
    this.opened = this.#opening.promise;
    this.#socket = socket;
    this.#carrier = carrierOf(socket, {
      ended: () => this.#endedBeneath(),
      failed: (error) => this.#failed(error),
    });
    const stream = start(this.#carrier);
    this.#stream = stream;
    stream.once(opens, () => this.#opened());
    stream.on("readable", () => this.#readable());
    stream.on("end", () => this.#ended());
    stream.on("drain", () => this.#drained());
    stream.on("finish", () => this.#ending?.resolve());
    stream.on("error", (error: Error) => this.#failed(explain(error, stream)));
  }

  #opened(): void {
    this.#isOpening = false;
    this.#opening.resolve();
  }

  // ── reading ──

  read(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) return Promise.reject(new TypeError("Cannot read: somebody reads already"));
    const bytes = this.#isLeft ? null : this.#take();
    if (bytes !== null) return Promise.resolve(bytes);
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#hasEnded) return Promise.resolve(undefined);
    this.#reader = Promise.withResolvers();
    if (this.#hasEndedBeneath) this.#lookForEnd();
    return this.#reader.promise;
  }

  #take(): Uint8Array | null {
    return this.#stream.read() as Uint8Array | null;
  }

  #readable(): void {
    if (this.#isLeft) {
      // Until what was written before `close` has gone, what comes is dropped.
      this.#take();
      return;
    }
    if (this.#reader === undefined) return;
    const bytes = this.#take();
    if (bytes === null) return;
    this.#reader.resolve(bytes);
    this.#reader = undefined;
  }

  /** The peer has said that this is its end. */
  #ended(): void {
    this.#hasEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  #endedBeneath(): void {
    this.#hasEndedBeneath = true;
    if (this.#isOpening || this.#reader !== undefined) this.#lookForEnd();
  }

  /**
   * Nothing more comes from beneath, and somebody waits. Once all that came has gone through both streams, which no
   * longer stop for anybody, the peer has either said that it ends, or somebody has cut the connection short. Then what
   * came may not be all there is (RFC 8446 §6.1): whoever knows how long it should be knows better (RFC 9112 §9.8).
   * Some peers never say it, Node's own server for one where it ends as soon as it has agreed.
   */
  #lookForEnd(): void {
    // A stream tells its end a moment after its last byte, but before the next turn of the loop.
    setImmediate(() => {
      if (!this.#isOpening && this.#reader === undefined) return;
      if (this.#carrier.readableLength > 0 || this.#stream.readableLength > 0) this.#lookForEnd();
      else this.#failed(new SocketError("ECONNRESET", `${this.#what}: the connection was cut short`));
    });
  }

  // ── writing ──

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#ending !== undefined) return refused(errorOf("EPIPE", `Cannot write to ${printAddress(this.remote)}`));
    if (this.#stream.write(bytes)) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #drained(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** What was encrypted is a copy; whether that has gone, the socket beneath may know. */
  get isFlushed(): boolean {
    return this.#stream.writableLength === 0 && this.#socket.isFlushed !== false;
  }

  end(): Promise<void> {
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#ending === undefined) {
      this.#ending = Promise.withResolvers();
      this.#stream.end();
    }
    return this.#ending.promise;
  }

  // ── leaving ──

  close(): void {
    if (!this.#leave()) return;
    this.#take();
    this.#stream.destroySoon();
  }

  reset(): void {
    this.#leave();
    this.#socket.reset();
    this.#stream.destroy();
  }

  /** Says whether there was something to leave. */
  #leave(): boolean {
    const wasOpen = !this.#isLeft && this.#error === undefined;
    this.#isLeft = true;
    if (wasOpen) this.#fail(errorOf("ECONNABORTED", this.#what));
    return wasOpen;
  }

  /** What came before can still be read. */
  #failed(error: Error): void {
    if (this.#error === undefined) this.#fail(error);
    this.#stream.destroy();
  }

  #fail(error: Error): void {
    this.#error = error;
    for (const waiting of [this.#opening, this.#reader, this.#room, this.#ending]) {
      waiting?.promise.catch(ignore);
      waiting?.reject(error);
    }
    this.#reader = undefined;
    this.#room = undefined;
  }

  get #what(): string {
    return `Cannot go on talking to ${printAddress(this.remote)}`;
  }
}

const ignore = (): void => {};

/** An error that comes by a promise, and waits there if nobody listens. */
function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  return promise;
}
