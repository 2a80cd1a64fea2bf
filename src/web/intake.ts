/** What comes from the client: read by one, awaited by several. */

import type { Limits } from "../http/limits.ts";
import { type MessageReader, type RequestHead, requestReader } from "../http/reader.ts";
import type { Socket } from "../socket/socket.ts";
import { TunnelSocket } from "./tunnel-socket.ts";

/** How much may wait unread while a handler works: a pipelining client must not fill our memory. */
const AHEAD = 64 * 1024;

/**
 * The reading half of a connection.
 *
 * @internal
 */
export class Intake {
  readonly reader: MessageReader<RequestHead>;
  /** The peer has said everything. */
  hasEnded = false;
  readonly #socket: Socket;
  /** The read under way, where several wait for it. */
  #reading: Promise<void> | undefined;

  constructor(socket: Socket, limits: Limits) {
    this.#socket = socket;
    this.reader = requestReader(limits);
  }

  /**
   * Reads alone, for whoever then calls `take`: one promise less than `fill`, and on the hot path.
   * Not while someone `isReading`.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#socket.read();
  }

  /** Reads once more, together with everyone who waits for the same. */
  fill(): Promise<void> {
    this.#reading ??= this.#readShared();
    return this.#reading;
  }

  async #readShared(): Promise<void> {
    try {
      this.take(await this.#socket.read());
    } finally {
      this.#reading = undefined;
    }
  }

  take(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.hasEnded = true;
      this.reader.end();
    } else {
      this.reader.receive(bytes);
    }
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** Whether one may read ahead while a handler works, to notice when the client leaves. */
  get hasRoom(): boolean {
    return !this.hasEnded && this.reader.waiting < AHEAD;
  }

  /** Reads to the client's end and drops it all. */
  async dropRest(): Promise<void> {
    while (!this.hasEnded) {
      this.reader.takeWaiting();
      await this.fill();
    }
  }

  /** Whoever goes on in another protocol: what has come already, and the socket with the read under way. */
  handOver(): { early: Uint8Array; socket: Socket } {
    const early = this.reader.takeWaiting();
    const first = this.#reading?.then(() => (this.hasEnded ? undefined : this.reader.takeWaiting()));
    return { early, socket: new TunnelSocket(this.#socket, first) };
  }
}
