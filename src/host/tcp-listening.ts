/** A listening socket: it stays, and each connection is a new one (RFC 9293 §3.10.7.2). */

import type { TcpStream, TcpWaiting } from "./tcp-stream.ts";
import { checkByte, type TcpMarks } from "./tcp-wishes.ts";

/** So many may be half open; beyond, cookies are given out, since more than that is a flood (RFC 4987). */
const HALF_OPEN = 256;

/**
 * Made by `host.tcp`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const listening = host.tcp.listen({ port: 80, backlog: 10 }) as TcpListening;
 * listening.accept(); // undefined
 * listening.close();
 */
export class TcpListening implements TcpWaiting {
  /** 0: all addresses of the machine. */
  readonly address: number;
  readonly port: number;
  readonly backlog: number;
  /** How the answers are marked, and what the connections begin with. */
  readonly ttl: number;
  readonly tos: number;
  /** There is somebody to be accepted. */
  onChange: (() => void) | undefined;
  /** Cookies have been given out until then: an ACK out of nowhere may bring one back. */
  cookiesUntil = Number.NEGATIVE_INFINITY;
  isClosed = false;
  readonly #forget: (listening: TcpListening) => void;
  readonly #halfOpen = new Set<TcpStream>();
  #ready: TcpStream[] = [];

  /** @internal `forget`: it listens no more. */
  constructor(
    forget: (listening: TcpListening) => void,
    address: number,
    port: number,
    backlog: number,
    { ttl = 64, tos = 0 }: TcpMarks = {},
  ) {
    this.#forget = forget;
    this.address = address;
    this.port = port;
    this.backlog = backlog;
    this.ttl = checkByte(ttl, "ttl");
    this.tos = checkByte(tos, "tos");
  }

  /** The next one, if somebody waits. */
  accept(): TcpStream | undefined {
    return this.#ready.shift();
  }

  /** How many wait to be accepted. */
  get waiting(): number {
    return this.#ready.length;
  }

  /** Whether newcomers must come again: a SYN is not answered then, and is repeated by who means it. */
  get isFull(): boolean {
    return this.#ready.length >= this.backlog;
  }

  /** Whether newcomers must prove that they are where they say, before anything is kept of them. */
  get isFlooded(): boolean {
    return this.#halfOpen.size >= HALF_OPEN;
  }

  /** @internal A SYN has come. */
  knocked(stream: TcpStream): void {
    stream.listening = this;
    this.#halfOpen.add(stream);
  }

  /** For the machine: its handshake is over, one way or the other. */
  settled(stream: TcpStream): void {
    stream.listening = undefined;
    this.#halfOpen.delete(stream);
    if (!stream.isConnected) return;
    // Who was let knock is let in, even if others were quicker: they are a few more than the backlog at most.
    this.#ready.push(stream);
    this.onChange?.();
  }

  /** Listens no more. Whoever was not let in is turned away. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#forget(this);
    const outside = [...this.#halfOpen, ...this.#ready];
    this.#halfOpen.clear();
    this.#ready = [];
    for (const stream of outside) {
      stream.listening = undefined;
      stream.reset();
    }
    this.onChange?.();
  }
}
