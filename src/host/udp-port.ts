/** A port for datagrams, as a program holds it (RFC 768, RFC 1122 §4.1). */

import type { Failure, SendError } from "./protocol.ts";

export interface UdpArrival {
  readonly bytes: Uint8Array;
  /** Who sent it. */
  readonly address: number;
  readonly port: number;
  /** To which address: one of ours, a broadcast, a group. Who answers speaks from it (RFC 1122 §4.1.3.5). */
  readonly to: number;
}

/** Somebody says that a datagram did not arrive. */
export interface UdpFailure {
  readonly failure: Failure;
  /** Whom it was for. */
  readonly address: number;
  readonly port: number;
}

export interface UdpSendOptions {
  /** Default 64; to a group 1, so that it stays on the cable (RFC 1112 §6.1). */
  readonly ttl?: number;
  readonly tos?: number;
  /** EMSGSIZE rather than fragments. Default false. */
  readonly dontFragment?: boolean;
}

/** EACCES: to everybody, by somebody who has not asked for the right to. */
export type UdpSendError = SendError | "EACCES";

/** What a port does outside of itself. */
export interface UdpWays {
  send(
    from: UdpPort,
    bytes: Uint8Array,
    address: number,
    port: number,
    options: UdpSendOptions,
  ): UdpSendError | undefined;
  close(port: UdpPort): void;
}

/** How much may wait to be received, in bytes: what Linux gives a socket. */
const QUEUE = 212_992;
/** What a datagram costs besides its bytes, so that empty ones are not for free. */
const OVERHEAD = 256;
/** How many failures wait to be heard of. */
const FAILURES = 16;

/**
 * Opened by `Udp`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const port = host.udp.open({ port: 53 }) as UdpPort;
 * port.send(Uint8Array.of(1, 2), 0x7f000001, 53);
 * port.receive()?.bytes; // Uint8Array [1, 2]
 */
export class UdpPort {
  /** 0: all of the machine's. */
  readonly address: number;
  readonly port: number;
  readonly mayBroadcast: boolean;
  /** Something has come, or failed. */
  onChange: (() => void) | undefined;
  readonly #ways: UdpWays;
  readonly #arrivals: UdpArrival[] = [];
  readonly #failures: UdpFailure[] = [];
  #waiting = 0;
  #isClosed = false;

  constructor(ways: UdpWays, address: number, port: number, mayBroadcast: boolean) {
    this.#ways = ways;
    this.address = address;
    this.port = port;
    this.mayBroadcast = mayBroadcast;
  }

  /** The bytes are copied. */
  send(bytes: Uint8Array, address: number, port: number, options: UdpSendOptions = {}): UdpSendError | undefined {
    if (this.#isClosed) throw new TypeError(`Cannot send from port ${this.port}: it is closed`);
    return this.#ways.send(this, bytes, address, port, options);
  }

  /** The next datagram that has come; undefined: none now. */
  receive(): UdpArrival | undefined {
    const arrival = this.#arrivals.shift();
    if (arrival !== undefined) this.#waiting -= arrival.bytes.length + OVERHEAD;
    return arrival;
  }

  /** The next failure that somebody has told of; undefined: none. */
  failure(): UdpFailure | undefined {
    return this.#failures.shift();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arrivals.length = this.#failures.length = this.#waiting = 0;
    this.#ways.close(this);
  }

  /** @internal Takes a datagram, whose bytes it copies; false where too much waits already. */
  take(bytes: Uint8Array, address: number, port: number, to: number): boolean {
    const cost = bytes.length + OVERHEAD;
    if (this.#isClosed || this.#waiting + cost > QUEUE) return false;
    this.#waiting += cost;
    this.#arrivals.push({ bytes: bytes.slice(), address, port, to });
    return true;
  }

  /** @internal */
  fail(failure: UdpFailure): void {
    if (this.#failures.length < FAILURES) this.#failures.push(failure);
  }
}
