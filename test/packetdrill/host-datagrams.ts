/** A datagram socket of POSIX over our host's UDP. */

import type { Host } from "../../src/host/host.ts";
import type { UdpPort } from "../../src/host/udp-port.ts";
import { type Endpoint, type Errno, isErrno, type LiveSocket, type Received } from "./machine.ts";
import { NotSupported } from "./problems.ts";
import { SYMBOLS } from "./symbols.ts";

export class HostDatagrams implements LiveSocket {
  readonly #host: Host;
  #port: UdpPort | undefined;
  #waiting: Received | undefined;
  remote: Endpoint | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  get local(): Endpoint | undefined {
    return this.#port;
  }

  bind(endpoint: Endpoint): 0 | Errno {
    if (this.#port !== undefined) return "EINVAL";
    const port = this.#host.udp.open(endpoint);
    if (isErrno(port)) return port;
    this.#port = port;
    return 0;
  }

  listen(): Errno {
    return "EOPNOTSUPP";
  }

  accept(): Errno {
    return "EOPNOTSUPP";
  }

  connect(endpoint: Endpoint): 0 | Errno {
    this.remote = endpoint;
    return this.#port === undefined ? this.bind({ address: 0, port: 0 }) : 0;
  }

  send(bytes: Uint8Array, _flags: number, to = this.remote): number | Errno {
    if (to === undefined) return "EDESTADDRREQ";
    if (this.#port === undefined) this.bind({ address: 0, port: 0 });
    return this.#failure() ?? this.#port!.send(bytes, to.address, to.port) ?? bytes.length;
  }

  receive(limit: number, flags: number): Received | Errno {
    const failure = this.#failure();
    if (failure !== undefined) return failure;
    const arrival = this.#next();
    if (arrival === undefined) return "EAGAIN";
    if ((flags & SYMBOLS.MSG_PEEK!) === 0) this.#waiting = undefined;
    return { ...arrival, bytes: arrival.bytes.subarray(0, limit) };
  }

  #next(): Received | undefined {
    if (this.#waiting === undefined) {
      const arrival = this.#port?.receive();
      this.#waiting = arrival && { bytes: arrival.bytes, from: arrival };
    }
    return this.#waiting;
  }

  /** Only who has said with whom it speaks is told of errors (RFC 1122 §4.1.3.3; Linux does so). */
  #failure(): Errno | undefined {
    const failure = this.#port?.failure();
    return this.remote === undefined ? undefined : failure?.failure.code;
  }

  shutdown(): 0 | Errno {
    return this.remote === undefined ? "ENOTCONN" : 0;
  }

  close(): void {
    this.#port?.close();
  }

  set(level: number, name: number): 0 | Errno {
    if (level === SYMBOLS.SOL_SOCKET && name === SYMBOLS.SO_REUSEADDR) return 0;
    throw new NotSupported(`not supported: the socket option ${level}, ${name} of datagrams`);
  }

  get(level: number, name: number): number | Errno {
    if (level === SYMBOLS.SOL_SOCKET && name === SYMBOLS.SO_ERROR) return this.#failure() ?? 0;
    throw new NotSupported(`not supported: the socket option ${level}, ${name} of datagrams`);
  }

  ready(): number {
    return SYMBOLS.POLLOUT! | (this.#next() === undefined ? 0 : SYMBOLS.POLLIN!);
  }

  unread(): number {
    return this.#next()?.bytes.length ?? 0;
  }

  unacknowledged(): number {
    return 0;
  }

  info(): ReadonlyMap<string, number> {
    return new Map();
  }
}
