/** A network inside the process: no timers, no chance, no machine. For scenes above the socket. */

import { concat } from "../../src/base/bytes.ts";
import {
  type Address,
  type Datagram,
  type Datagrams,
  type InternetAddress,
  type Listener,
  type Network,
  printAddress,
  type Socket,
  SocketError,
  type SocketErrorCode,
} from "../../src/socket/socket.ts";

export interface MemoryOptions {
  /** How many bytes one side may be ahead of the other's reading. */
  readonly buffer?: number;
}

/**
 * Hosts need no setting up: whoever listens at an address is there.
 *
 * @example
 * const network = memoryNetwork();
 * const listener = await network.listen({ host: "10.0.0.1", port: 80 });
 * const client = await network.connect({ host: "10.0.0.1", port: 80 });
 */
export function memoryNetwork({ buffer = 64 * 1024 }: MemoryOptions = {}): Network {
  const listeners = new Map<string, MemoryListener>();
  const receivers = new Map<string, MemoryDatagrams>();
  let lastPort = 49151;

  /** The address with a port of its own, where none was asked for (RFC 6335 §6). */
  const settle = <A extends Address>(at: A, taken: ReadonlyMap<string, unknown>): A => {
    if ("path" in at || at.port !== 0) return at;
    for (;;) {
      lastPort = lastPort === 65535 ? 49152 : lastPort + 1;
      const address = { ...at, port: lastPort };
      if (!taken.has(printAddress(address))) return address;
    }
  };

  return {
    async listen(at, { backlog = 511 } = {}) {
      const address = settle(at, listeners);
      const key = printAddress(address);
      if (listeners.has(key)) throw new SocketError("EADDRINUSE", `Cannot listen on ${key}: it is taken`);
      const listener = new MemoryListener(address, backlog, () => listeners.delete(key));
      listeners.set(key, listener);
      return listener;
    },

    async connect(to, { from, signal } = {}) {
      if (signal?.aborted) throw new SocketError("ECONNABORTED", "Cannot connect: it was given up");
      const refused = () =>
        new SocketError("ECONNREFUSED", `Cannot connect to ${printAddress(to)}: nobody listens there`);
      const listener = listeners.get(printAddress(to));
      if (listener === undefined) throw refused();
      const local = "path" in to ? { path: "" } : settle(from ?? { host: "10.0.0.2", port: 0 }, listeners);
      const [near, far] = pair(local, listener.address, buffer);
      if (!listener.offer(far)) throw refused();
      return near;
    },

    async datagrams(at) {
      const address = settle(at, receivers);
      const key = printAddress(address);
      if (receivers.has(key)) throw new SocketError("EADDRINUSE", `Cannot receive at ${key}: it is taken`);
      const datagrams = new MemoryDatagrams(address, receivers);
      receivers.set(key, datagrams);
      return datagrams;
    },
  };
}

class MemoryListener implements Listener {
  readonly address: Address;
  readonly #backlog: number;
  readonly #onClose: () => void;
  readonly #waiting: MemorySocket[] = [];
  #accept: ((socket: Socket | undefined) => void) | undefined;
  #isClosed = false;

  constructor(address: Address, backlog: number, onClose: () => void) {
    this.address = address;
    this.#backlog = backlog;
    this.#onClose = onClose;
  }

  get addresses(): readonly Address[] {
    return [this.address];
  }

  /** Says whether there was room. */
  offer(socket: MemorySocket): boolean {
    const accept = this.#accept;
    this.#accept = undefined;
    if (accept !== undefined) accept(socket);
    else if (this.#waiting.length < this.#backlog) this.#waiting.push(socket);
    else return false;
    return true;
  }

  accept(): Promise<Socket | undefined> {
    const socket = this.#waiting.shift();
    if (socket !== undefined || this.#isClosed) return Promise.resolve(socket);
    return new Promise((resolve) => (this.#accept = resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Socket> {
    for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClose();
    // Who was never accepted is turned away.
    for (const socket of this.#waiting.splice(0)) socket.reset();
    this.#accept?.(undefined);
  }
}

/** Bytes on their way in one direction. */
class Stream {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #hasEnded = false;
  #error: SocketError | undefined;
  /** Nobody will read any more; what comes is dropped. */
  #isDropped = false;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#size > 0) {
      const bytes = concat(this.#parts);
      this.#parts = [];
      this.#size = 0;
      this.#room?.resolve();
      this.#room = undefined;
      return Promise.resolve(bytes);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#hasEnded) return Promise.resolve(undefined);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#hasEnded) return Promise.reject(new SocketError("EPIPE", "Cannot write: this side has ended"));
    if (bytes.length === 0 || this.#isDropped) return undefined;
    if (this.#reader !== undefined) {
      this.#reader.resolve(bytes.slice());
      this.#reader = undefined;
      return undefined;
    }
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    if (this.#size < this.#limit) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  end(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#hasEnded = true;
    if (this.#size === 0) this.#reader?.resolve(undefined);
    return Promise.resolve();
  }

  drop(): void {
    this.#isDropped = true;
    this.#parts = [];
    this.#size = 0;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** For the reader and for the writer: what each is told. */
  fail(code: SocketErrorCode, isReset: boolean): void {
    if (this.#error !== undefined) return;
    this.#error = new SocketError(code, "The connection is gone");
    // A reset throws away what was on its way.
    if (isReset) {
      this.#parts = [];
      this.#size = 0;
    }
    this.#reader?.reject(this.#error);
    this.#room?.reject(this.#error);
    // A promise that nobody waits for is no reason to end the process.
    this.#reader?.promise.catch(() => {});
    this.#room?.promise.catch(() => {});
    this.#reader = undefined;
    this.#room = undefined;
  }

  failReader(code: SocketErrorCode): void {
    this.#reader?.reject(new SocketError(code, "The socket was closed"));
    this.#reader = undefined;
  }
}

function pair(near: Address, far: Address, limit: number): [MemorySocket, MemorySocket] {
  const [there, back] = [new Stream(limit), new Stream(limit)];
  return [new MemorySocket(near, far, back, there), new MemorySocket(far, near, there, back)];
}

class MemorySocket implements Socket {
  readonly local: Address;
  readonly remote: Address;
  readonly #incoming: Stream;
  readonly #outgoing: Stream;
  #isClosed = false;
  #isReset = false;

  constructor(local: Address, remote: Address, incoming: Stream, outgoing: Stream) {
    this.local = local;
    this.remote = remote;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#isClosed ? Promise.reject(closed()) : this.#incoming.read();
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    return this.#isClosed ? Promise.reject(closed()) : this.#outgoing.write(bytes);
  }

  end(): Promise<void> {
    return this.#isClosed ? Promise.reject(closed()) : this.#outgoing.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#incoming.failReader("ECONNABORTED");
    this.#incoming.drop();
    this.#outgoing.end().catch(() => {});
  }

  reset(): void {
    if (this.#isReset) return;
    this.#isClosed = true;
    this.#isReset = true;
    this.#incoming.failReader("ECONNABORTED");
    this.#incoming.fail("ECONNRESET", true);
    this.#outgoing.fail("ECONNRESET", true);
  }
}

const closed = () => new SocketError("ECONNABORTED", "The socket was closed");

class MemoryDatagrams implements Datagrams {
  readonly address: InternetAddress;
  readonly #all: Map<string, MemoryDatagrams>;
  readonly #queue: Datagram[] = [];
  #receiver: ((datagram: Datagram | undefined) => void) | undefined;
  #isClosed = false;

  constructor(address: InternetAddress, all: Map<string, MemoryDatagrams>) {
    this.address = address;
    this.#all = all;
  }

  receive(): Promise<Datagram | undefined> {
    const datagram = this.#queue.shift();
    if (datagram !== undefined || this.#isClosed) return Promise.resolve(datagram);
    return new Promise((resolve) => (this.#receiver = resolve));
  }

  async send(bytes: Uint8Array, to: InternetAddress): Promise<void> {
    if (this.#isClosed) throw new SocketError("EBADF", "Cannot send: the socket was closed");
    // What 65,535 bytes of an IPv4 packet leave after its header and UDP's.
    if (bytes.length > 65507)
      throw new SocketError("EMSGSIZE", `Cannot send ${bytes.length} bytes: a datagram holds 65507`);
    this.#all.get(printAddress(to))?.take({ bytes: bytes.slice(), from: this.address });
  }

  take(datagram: Datagram): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver !== undefined) receiver(datagram);
    // Beyond this it is lost, as datagrams are.
    else if (this.#queue.length < 1000) this.#queue.push(datagram);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#all.delete(printAddress(this.address));
    this.#receiver?.(undefined);
  }
}
