/** One connection of a stack of our own, behind the contract. */

import type { TcpStream } from "../host/tcp-stream.ts";
import { printIpv4 } from "../wire/ipv4-number.ts";
import { errorOf } from "./errors.ts";
import { type InternetAddress, printAddress, type Socket, type SocketError } from "./socket.ts";
import { Answer, refused, type Waiting } from "./waiting.ts";

/**
 * Dead peers are looked for once a connection has been silent for a minute, as the kernel's carrier does; nine unanswered
 * questions, 75 seconds apart, are Linux's patience (tcp_keepalive_intvl, tcp_keepalive_probes).
 */
const KEEP_ALIVE = { idle: 60_000, interval: 75_000, count: 9 };

const END: Promise<undefined> = Promise.resolve(undefined);

/**
 * A connected stream, to which nobody else listens. Bytes written have gone when the peer has acknowledged them: until
 * then they may have to be sent again, from where they are.
 *
 * @internal
 */
export class StackSocket implements Socket {
  readonly #stream: TcpStream;
  readonly #waiting: Waiting;
  #local: InternetAddress | undefined;
  #remote: InternetAddress | undefined;
  /** We have closed it, or reset it. */
  #left: SocketError | undefined;
  #reader: Answer<Uint8Array | undefined> | undefined;
  #room: Answer<void> | undefined;
  #ending: Answer<void> | undefined;
  #hasEnded = false;

  constructor(stream: TcpStream, waiting: Waiting) {
    this.#stream = stream;
    this.#waiting = waiting;
    stream.onChange = () => this.#changed();
    // A server writes when it has something to say: what Nagle's algorithm waits for (RFC 9293 §3.7.4), to put it
    // together with, is the next answer, which the client does not ask for before it has this one.
    stream.noDelay = true;
    stream.keepAlive = KEEP_ALIVE;
  }

  get local(): InternetAddress {
    this.#local ??= { host: printIpv4(this.#stream.localAddress), port: this.#stream.localPort };
    return this.#local;
  }

  get remote(): InternetAddress {
    this.#remote ??= { host: printIpv4(this.#stream.remoteAddress), port: this.#stream.remotePort };
    return this.#remote;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#left !== undefined) return refused(this.#left);
    if (this.#reader !== undefined) return Promise.reject(new TypeError("Cannot read: somebody reads already"));
    const stream = this.#stream;
    const bytes = stream.read();
    if (bytes !== undefined) return Promise.resolve(bytes);
    if (stream.error !== undefined) return refused(this.#failure(stream.error));
    if (stream.isEnded) return END;
    this.#reader = new Answer(this.#waiting);
    return this.#reader.promise;
  }

  recycle(bytes: Uint8Array): void {
    this.#stream.recycle(bytes);
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    const stream = this.#stream;
    if (this.#left !== undefined) return refused(this.#left);
    if (stream.error !== undefined) return refused(this.#failure(stream.error));
    if (this.#hasEnded) return refused(errorOf("EPIPE", `Cannot write to ${printAddress(this.remote)}`));
    if (bytes.length > 0) stream.write(bytes);
    if (stream.room > 0) return undefined;
    this.#room ??= new Answer(this.#waiting);
    return this.#room.promise;
  }

  get isFlushed(): boolean {
    return this.#stream.queued === 0;
  }

  get sent(): number {
    return this.#stream.acknowledged;
  }

  /** Resolves when the peer has acknowledged all of it, and the end: that is when nothing of it has to go out again. */
  end(): Promise<void> {
    const stream = this.#stream;
    if (this.#left !== undefined) return refused(this.#left);
    if (stream.error !== undefined) return refused(this.#failure(stream.error));
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      stream.end();
    }
    if (stream.isFinished) return END;
    this.#ending ??= new Answer(this.#waiting);
    return this.#ending.promise;
  }

  close(): void {
    if (this.#left !== undefined) return;
    this.#leave();
    this.#stream.close();
  }

  reset(): void {
    this.#leave();
    this.#stream.reset();
  }

  #leave(): void {
    if (this.#left !== undefined) return;
    this.#left = errorOf("ECONNABORTED", `Cannot go on talking to ${printAddress(this.remote)}`);
    this.#drop(this.#left);
  }

  /** Something has come, or gone; whoever waits for it goes on. */
  #changed(): void {
    const stream = this.#stream;
    if (this.#reader !== undefined) this.#give(this.#reader);
    if (stream.error !== undefined) {
      this.#drop(this.#failure(stream.error));
      return;
    }
    if (this.#room !== undefined && stream.room > 0) {
      this.#room.resolve();
      this.#room = undefined;
    }
    if (this.#ending !== undefined && stream.isFinished) {
      this.#ending.resolve();
      this.#ending = undefined;
    }
  }

  #give(reader: Answer<Uint8Array | undefined>): void {
    const bytes = this.#stream.read();
    const { error, isEnded } = this.#stream;
    if (bytes === undefined && (error !== undefined || !isEnded)) return;
    this.#reader = undefined;
    reader.resolve(bytes);
  }

  #drop(error: Error): void {
    for (const answer of [this.#reader, this.#room, this.#ending]) answer?.reject(error);
    this.#reader = this.#room = this.#ending = undefined;
  }

  #failure(code: NonNullable<TcpStream["error"]>): SocketError {
    return errorOf(code, `Cannot go on talking to ${printAddress(this.remote)}`);
  }
}
