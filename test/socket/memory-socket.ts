/** Two ends of a connection inside the process. */

import { concat } from "../../src/base/bytes.ts";
import { type Address, printAddress, type Socket, SocketError, type SocketErrorCode } from "../../src/socket/socket.ts";

/** `limit` bytes may wait in each direction before the writer is asked to. */
export function pair(near: Address, far: Address, limit: number): [Socket, Socket] {
  const [there, back] = [new Pipe(limit), new Pipe(limit)];
  return [new MemorySocket(near, far, back, there), new MemorySocket(far, near, there, back)];
}

class MemorySocket implements Socket {
  readonly local: Address;
  readonly remote: Address;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  #isClosed = false;

  constructor(local: Address, remote: Address, incoming: Pipe, outgoing: Pipe) {
    this.local = local;
    this.remote = remote;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#isClosed ? refused(this.#error("ECONNABORTED")) : this.#incoming.read();
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    return this.#isClosed ? refused(this.#error("ECONNABORTED")) : this.#outgoing.write(bytes);
  }

  end(): Promise<void> {
    return this.#isClosed ? refused(this.#error("ECONNABORTED")) : this.#outgoing.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#incoming.failReader(this.#error("ECONNABORTED"));
    this.#incoming.drop();
    this.#outgoing.failWriter(this.#error("ECONNABORTED"));
    this.#outgoing.end();
  }

  reset(): void {
    this.#isClosed = true;
    this.#incoming.failReader(this.#error("ECONNABORTED"));
    this.#outgoing.failWriter(this.#error("ECONNABORTED"));
    this.#incoming.break(this.#error("ECONNRESET"));
    this.#outgoing.break(this.#error("ECONNRESET"));
  }

  #error(code: SocketErrorCode): SocketError {
    const who = code === "ECONNRESET" ? printAddress(this.local) : "it";
    return new SocketError(code, `Cannot go on talking: ${who} has closed the connection`);
  }
}

/** Bytes on their way in one direction. */
class Pipe {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #hasEnded = false;
  #error: SocketError | undefined;
  /** Nobody will read any more. */
  #isDropped = false;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) return Promise.reject(new TypeError("Cannot read: somebody reads already"));
    if (this.#size > 0) return Promise.resolve(this.#takeAll());
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#hasEnded) return Promise.resolve(undefined);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  #takeAll(): Uint8Array {
    const bytes = concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    this.#makeRoom();
    return bytes;
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) return refused(this.#error);
    if (this.#hasEnded) return refused(new SocketError("EPIPE", "Cannot write: this side has ended"));
    if (bytes.length === 0) return undefined;
    if (this.#isDropped) {
      // As in TCP: who has closed answers by a reset, of which the next call hears (RFC 9293 §3.10.7.1).
      this.break(new SocketError("ECONNRESET", "Cannot go on talking: the peer has closed the connection"));
      return undefined;
    }
    if (this.#reader !== undefined) {
      this.#reader.resolve(bytes.slice());
      this.#reader = undefined;
      return undefined;
    }
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    return this.#waitForRoom();
  }

  #waitForRoom(): Promise<void> | undefined {
    if (this.#size < this.#limit) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  end(): Promise<void> {
    if (this.#error !== undefined) return refused(this.#error);
    this.#hasEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
    return this.#waitForRoom() ?? Promise.resolve();
  }

  drop(): void {
    this.#isDropped = true;
    this.#takeAll();
  }

  /** A reset throws away what was on its way. */
  break(error: SocketError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#parts = [];
    this.#size = 0;
    this.failReader(error);
    this.failWriter(error);
  }

  failReader(error: SocketError): void {
    this.#reader?.promise.catch(ignore);
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  failWriter(error: SocketError): void {
    this.#room?.promise.catch(ignore);
    this.#room?.reject(error);
    this.#room = undefined;
  }
}

const ignore = (): void => {};

/** An error that comes by a promise, and waits there if nobody listens. */
function refused(error: SocketError): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(ignore);
  return promise;
}
