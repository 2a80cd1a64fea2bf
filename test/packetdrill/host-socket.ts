/** A stream socket of POSIX over our host's TCP: what may be called when, and which error is told once. */

import type { Host } from "../../src/host/host.ts";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { infoOf } from "./host-info.ts";
import { type Endpoint, type Errno, isErrno, type LiveSocket, type Received } from "./machine.ts";
import { NotSupported } from "./problems.ts";
import { StreamOptions } from "./stream-options.ts";
import { SYMBOLS } from "./symbols.ts";

const { POLLIN, POLLRDNORM, POLLOUT, POLLWRNORM, POLLERR, POLLHUP, POLLRDHUP } = SYMBOLS as Record<string, number>;
const READABLE = POLLIN! | POLLRDNORM!;
const WRITABLE = POLLOUT! | POLLWRNORM!;

const NOTHING = new Uint8Array(0);

export class HostSocket implements LiveSocket {
  readonly #host: Host;
  readonly #options: StreamOptions;
  #bound: Endpoint | undefined;
  #listening: TcpListening | undefined;
  #stream: TcpStream | undefined;
  /** Taken from the stream, and not yet from us. */
  #rest = NOTHING;
  #isErrorTold = false;
  #hasEnded = false;
  #readsNoMore = false;

  constructor(host: Host, stream?: TcpStream, options = new StreamOptions()) {
    this.#host = host;
    this.#options = options;
    this.#stream = stream;
    if (stream !== undefined) options.applyTo(stream);
  }

  get local(): Endpoint | undefined {
    return this.#stream?.local ?? this.#listening ?? this.#bound;
  }

  get remote(): Endpoint | undefined {
    return this.#stream?.remote;
  }

  bind(endpoint: Endpoint): 0 | Errno {
    if (this.#bound !== undefined) return "EINVAL";
    this.#bound = endpoint;
    return 0;
  }

  listen(backlog: number): 0 | Errno {
    // As BSD has counted since 4.2, and Linux does: one more than it says.
    const listening = this.#host.tcp.listen({ ...(this.#bound ?? { port: 0 }), backlog: backlog + 1 });
    if (isErrno(listening)) return listening;
    this.#listening = listening;
    return 0;
  }

  accept(): LiveSocket | Errno {
    if (this.#listening === undefined) return "EINVAL";
    const stream = this.#listening.accept();
    return stream === undefined ? "EAGAIN" : new HostSocket(this.#host, stream, this.#options.copy());
  }

  connect(endpoint: Endpoint): 0 | Errno {
    if (this.#stream !== undefined) return this.#stream.isConnected ? "EISCONN" : "EALREADY";
    const stream = this.#host.tcp.connect({ ...endpoint, ...(this.#bound && { from: this.#bound }) });
    if (isErrno(stream)) return stream;
    this.#stream = stream;
    this.#options.applyTo(stream);
    return "EINPROGRESS";
  }

  send(bytes: Uint8Array, flags: number): number | Errno {
    const stream = this.#stream;
    if (stream === undefined) return "EPIPE";
    const error = this.#takeError();
    if (error !== undefined) return error;
    if (this.#hasEnded || stream.state === "CLOSED") return "EPIPE";
    if (!stream.isConnected) return "EAGAIN";
    const room = Math.min(stream.room, (this.#options.sendBuffer ?? Number.POSITIVE_INFINITY) - stream.queued);
    if (room <= 0) return "EAGAIN";
    if ((flags & SYMBOLS.MSG_MORE!) !== 0) throw new NotSupported("not supported: MSG_MORE");
    const taken = bytes.slice(0, room);
    stream.write(taken, (flags & SYMBOLS.MSG_OOB!) !== 0);
    return taken.length;
  }

  receive(limit: number, flags: number): Received | Errno {
    if ((flags & SYMBOLS.MSG_OOB!) !== 0) throw new NotSupported("not supported: reading urgent data apart (MSG_OOB)");
    const stream = this.#stream;
    if (stream === undefined) return "ENOTCONN";
    this.#fill(limit);
    if (this.#rest.length > 0) {
      const bytes = this.#rest.subarray(0, limit);
      if ((flags & SYMBOLS.MSG_PEEK!) === 0) this.#rest = this.#rest.subarray(bytes.length);
      return { bytes, from: undefined };
    }
    const error = this.#takeError();
    if (error !== undefined) return error;
    if (stream.isEnded || stream.state === "CLOSED" || this.#readsNoMore) return { bytes: NOTHING, from: undefined };
    return "EAGAIN";
  }

  /** So that there are so many bytes in one piece, if so many have come. */
  #fill(length: number): void {
    while (this.#rest.length < length) {
      const bytes = this.#stream?.read();
      if (bytes === undefined) return;
      this.#rest = Buffer.concat([this.#rest, bytes]);
    }
  }

  shutdown(how: number): 0 | Errno {
    const stream = this.#stream;
    if (stream === undefined || stream.state === "CLOSED") return "ENOTCONN";
    if (how !== SYMBOLS.SHUT_RD) {
      this.#hasEnded = true;
      stream.end();
    }
    if (how !== SYMBOLS.SHUT_WR) this.#readsNoMore = true;
    return 0;
  }

  close(): void {
    this.#listening?.close();
    // What lies here has not been read, either.
    if (this.#options.abortsOnClose || this.#rest.length > 0) this.#stream?.reset();
    else this.#stream?.close();
  }

  set(level: number, name: number, value: readonly number[]): 0 | Errno {
    this.#options.set(level, name, value, this.#stream);
    return 0;
  }

  get(level: number, name: number): number | Errno {
    if (level === SYMBOLS.SOL_SOCKET && name === SYMBOLS.SO_ERROR) return this.#takeError() ?? 0;
    return this.#options.get(level, name);
  }

  /** An error is told once, whoever asks first. */
  #takeError(): Errno | undefined {
    const error = this.#isErrorTold ? undefined : this.#stream?.error;
    if (error === undefined || error === "ECONNABORTED") return undefined;
    this.#isErrorTold = true;
    return error;
  }

  ready(): number {
    if (this.#listening !== undefined) return this.#listening.waiting > 0 ? READABLE : 0;
    const stream = this.#stream;
    if (stream === undefined) return POLLOUT! | POLLHUP!;
    if (stream.state === "CLOSED") {
      const isError = stream.error !== undefined && !this.#isErrorTold;
      return READABLE | WRITABLE | POLLHUP! | POLLRDHUP! | (isError ? POLLERR! : 0);
    }
    if (!stream.isConnected) return 0;
    const hasHeardAll = stream.isEnded || this.#readsNoMore;
    let events = this.unread() > 0 || hasHeardAll ? READABLE : 0;
    if (stream.room > 0 || this.#hasEnded) events |= WRITABLE;
    if (hasHeardAll) events |= POLLRDHUP!;
    if (hasHeardAll && this.#hasEnded) events |= POLLHUP!;
    return events;
  }

  unread(): number {
    return this.#rest.length + (this.#stream?.readable ?? 0);
  }

  unacknowledged(): number {
    return this.#stream?.queued ?? 0;
  }

  info(): ReadonlyMap<string, number> {
    return this.#stream === undefined ? new Map() : infoOf(this.#stream);
  }
}
