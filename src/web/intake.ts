/** What comes from the client: read by one, awaited by several. */

import type { Limits } from "../http/limits.ts";
import { type MessageReader, type RequestHead, requestReader } from "../http/reader.ts";
import type { Socket } from "../socket/socket.ts";
import { Lent } from "./lent.ts";
import { TunnelSocket } from "./tunnel-socket.ts";

/** How much may wait unread while a handler works: a pipelining client must not fill our memory. */
const AHEAD = 64 * 1024;

/** Who is told whenever `fill` has brought something, be it the end. */
export interface Watcher {
  cameIn(): void;
}

/**
 * The reading half of a connection.
 *
 * @internal
 */
export class Intake {
  readonly reader: MessageReader<RequestHead>;
  /** The peer has said everything. */
  hasEnded = false;
  /** Why nothing more comes: the connection is lost. */
  failure: unknown;
  readonly #lent = new Lent();
  readonly #socket: Socket;
  readonly #watcher: Watcher;
  /** The read under way, where several wait for it. */
  #reading: Promise<void> | undefined;
  /** Made when first needed: most connections are read by one alone. */
  #took: ((bytes: Uint8Array | undefined) => void) | undefined;
  #lost: ((error: unknown) => void) | undefined;

  constructor(socket: Socket, { limits, needsHost }: { limits: Limits; needsHost: boolean }, watcher: Watcher) {
    this.#socket = socket;
    this.#watcher = watcher;
    this.reader = requestReader(limits, needsHost);
  }

  /**
   * Reads alone, for whoever then calls `take`: one promise less than `fill`, and on the hot path.
   * Not while someone `isReading`.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#socket.read();
  }

  /** Reads once more, together with everyone who waits for the same. Never fails: whoever waited then calls `check`. */
  fill(): Promise<void> {
    if (this.#reading === undefined) {
      this.#took ??= (bytes) => {
        this.#reading = undefined;
        this.take(bytes);
        this.#watcher.cameIn();
      };
      this.#lost ??= (error) => {
        this.#reading = undefined;
        this.failure = error;
        this.#watcher.cameIn();
      };
      this.#reading = this.#socket.read().then(this.#took, this.#lost);
    }
    return this.#reading;
  }

  /** Throws where the connection is lost. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  take(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.hasEnded = true;
      this.reader.end();
    } else {
      this.#lent.add(bytes, this.#socket);
      this.reader.receive(bytes);
    }
  }

  /** What content has been given so far has gone. */
  recycle(): void {
    this.#lent.giveBack(this.#socket, this.reader);
  }

  /** The content has come whole; the last of it may still be on its way to somebody. */
  forget(): void {
    this.#lent.forget(this.#socket);
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** Whether one may read ahead while a handler works, to notice when the client leaves. */
  get hasRoom(): boolean {
    return !this.hasEnded && this.failure === undefined && this.reader.waiting < AHEAD;
  }

  /** Reads to the client's end and drops it all. */
  async dropRest(): Promise<void> {
    while (!this.hasEnded) {
      this.reader.takeWaiting();
      await this.fill();
      this.check();
    }
  }

  /** Whoever goes on in another protocol: what has come already, and the socket with the read under way. */
  handOver(): { early: Uint8Array; socket: Socket } {
    const early = this.reader.takeWaiting();
    const first = this.#reading?.then(() => {
      this.check();
      return this.hasEnded ? undefined : this.reader.takeWaiting();
    });
    return { early, socket: new TunnelSocket(this.#socket, first) };
  }
}
