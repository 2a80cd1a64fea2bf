/** A connection on a machine: what an application holds, and what stands in the table. Everything happens at once; nobody is waited for. */

import type { TcpConnection, TcpFailure } from "../tcp/connection.ts";
import type { KeepAliveOptions } from "../tcp/keep-alive.ts";
import { givePiece } from "../tcp/pieces.ts";
import type { TcpState } from "../tcp/states.ts";
import type { TcpSegment } from "../wire/tcp-segment.ts";
import type { Sleeper } from "./deadlines.ts";
import type { TableEntry } from "./tcp-table.ts";
import { checkByte, type TcpMarks } from "./tcp-wishes.ts";

/** One end: an IPv4 address and a port, both as numbers. */
export interface TcpEnd {
  readonly address: number;
  readonly port: number;
}

/** The machine, as its connections know it. */
export interface TcpWays {
  readonly now: number;
  /** Something was asked of the connection: it is to be looked after. */
  touch(stream: TcpStream): void;
}

/** Who waits for the end of a handshake, one way or the other. */
export interface TcpWaiting {
  settled(stream: TcpStream): void;
}

/** So much may be written and not yet acknowledged, before a writer is asked to wait. Linux lets it grow to four megabytes. */
const SEND_BUFFER = 1024 * 1024;

/**
 * Made by `host.tcp`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const listening = host.tcp.listen({ port: 80 }) as TcpListening;
 * const client = host.tcp.connect({ address: 0x7f000001, port: 80 }) as TcpStream;
 * client.isConnected; // true
 * client.write(Uint8Array.of(1, 2, 3));
 * const server = listening.accept()!;
 * server.read(); // Uint8Array [1, 2, 3]
 */
export class TcpStream implements TableEntry, Sleeper {
  readonly localAddress: number;
  readonly remoteAddress: number;
  readonly connection: TcpConnection;
  /** Something has happened that one may want to look at. */
  onChange: (() => void) | undefined;
  /** Who wants to know when it is connected: a listener, that has not let it in yet. */
  listening: TcpWaiting | undefined;
  /** Will be looked after when all that came has been handled. */
  isDirty = false;
  following: TableEntry | undefined;
  slot = -1;
  readonly #tcp: TcpWays;
  #ttl: number;
  #tos: number;

  constructor(
    tcp: TcpWays,
    connection: TcpConnection,
    localAddress: number,
    remoteAddress: number,
    { ttl = 64, tos = 0 }: TcpMarks = {},
  ) {
    this.#tcp = tcp;
    this.connection = connection;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#ttl = checkByte(ttl, "ttl");
    this.#tos = checkByte(tos, "tos");
  }

  get localPort(): number {
    return this.connection.from;
  }

  get remotePort(): number {
    return this.connection.to;
  }

  get local(): TcpEnd {
    return { address: this.localAddress, port: this.localPort };
  }

  get remote(): TcpEnd {
    return { address: this.remoteAddress, port: this.remotePort };
  }

  get state(): TcpState {
    return this.connection.state;
  }

  get isConnected(): boolean {
    const { state } = this.connection;
    return state !== "CLOSED" && state !== "SYN-SENT" && state !== "SYN-RECEIVED" && state !== "LISTEN";
  }

  /** Why it has ended, if not in good order. */
  get error(): TcpFailure | undefined {
    return this.connection.failure;
  }

  /**
   * What is wrong and may pass: a router says so, or nobody answers for long (RFC 9293 MUST-47). Gone when the peer is
   * heard of again; else it will be the error.
   */
  get trouble(): TcpFailure | undefined {
    return this.connection.trouble;
  }

  // ── reading ──

  /** What has come, in order: the next piece of it, which is the caller's. Undefined: nothing now. */
  read(): Uint8Array | undefined {
    const bytes = this.connection.read(this.#tcp.now);
    // Perhaps the peer must hear that there is room again.
    if (bytes !== undefined && this.connection.receiver!.acks.isDue) this.#tcp.touch(this);
    return bytes;
  }

  /** Takes bytes back that `read` has given, and that nobody looks at any more. */
  recycle(bytes: Uint8Array): void {
    givePiece(bytes);
  }

  /** How many bytes wait. */
  get readable(): number {
    return this.connection.receiver?.readable ?? 0;
  }

  /** The peer has said everything, and all of it was read. */
  get isEnded(): boolean {
    const receiver = this.connection.receiver;
    return receiver?.isEnded === true && receiver.readable === 0;
  }

  /** How many of the next bytes the peer calls urgent (RFC 9293 §3.8.5). */
  get urgent(): number {
    return this.connection.receiver?.urgent ?? 0;
  }

  // ── writing ──

  /** Taken by reference: must not be changed until it is acknowledged. False where nothing can be said any more. */
  write(bytes: Uint8Array, isUrgent = false): boolean {
    const isTaken = this.connection.write(bytes, isUrgent);
    this.#tcp.touch(this);
    return isTaken;
  }

  /** How many bytes were written and are not yet acknowledged; and how many are. */
  get queued(): number {
    return this.connection.sender.buffer.length;
  }

  get acknowledged(): number {
    return this.connection.sender.buffer.start;
  }

  /** How much more the send buffer would like; at nothing or less, a writer had better wait. */
  get room(): number {
    return SEND_BUFFER - this.queued;
  }

  /** Everything is said: a FIN goes behind what is written. */
  end(): void {
    this.connection.end();
    this.#tcp.touch(this);
  }

  /** The peer has got everything, and knows that it was everything. */
  get isFinished(): boolean {
    return this.connection.sender.isFinished;
  }

  // ── leaving ──

  /** Ends, and reads no more. */
  close(): void {
    this.connection.close(this.#tcp.now);
    this.#tcp.touch(this);
  }

  reset(): void {
    if (this.connection.state === "CLOSED") return;
    this.connection.reset();
    this.#tcp.touch(this);
  }

  // ── options ──

  /** Whether short segments go at once (TCP_NODELAY; RFC 9293 MUST-17). */
  set noDelay(isOn: boolean) {
    this.connection.noDelay = isOn;
    // What was held back until now need not wait.
    this.#tcp.touch(this);
  }

  /** How many routers the segments may pass from now on (RFC 9293 MUST-49). */
  get ttl(): number {
    return this.#ttl;
  }

  set ttl(ttl: number) {
    this.#ttl = checkByte(ttl, "ttl");
  }

  /** Their Differentiated Services field from now on (MUST-48, SHLD-21). */
  get tos(): number {
    return this.#tos;
  }

  set tos(tos: number) {
    this.#tos = checkByte(tos, "tos");
  }

  /** After so many milliseconds without an answer it fails (RFC 5482). */
  set userTimeout(ms: number) {
    this.connection.userTimeout = ms;
    this.#tcp.touch(this);
  }

  /** Asks a silent peer whether it lives; undefined: no more. */
  set keepAlive(options: KeepAliveOptions | undefined) {
    this.connection.keepAlive(options, this.#tcp.now);
    this.#tcp.touch(this);
  }

  // ── for the machine ──

  /** @internal */
  receive(segment: TcpSegment, now: number): void {
    this.connection.receive(segment, now);
  }

  /** For the machine's deadlines: when it wants to be told the time. */
  get wakeAt(): number | undefined {
    return this.connection.wakeAt;
  }

  /** For the machine's deadlines. */
  tick(now: number): void {
    this.connection.tick(now);
    this.#tcp.touch(this);
  }
}
