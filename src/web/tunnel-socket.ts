/** The socket as a tunnel gets it: what the server had already begun to read comes first. */

import type { Address, Socket } from "../socket/socket.ts";

/**
 * A socket around a socket.
 *
 * @internal
 */
export class TunnelSocket implements Socket {
  readonly #socket: Socket;
  /** The read that was under way when the tunnel began, and what it brought. */
  #first: Promise<Uint8Array | undefined> | undefined;

  constructor(socket: Socket, first: Promise<Uint8Array | undefined> | undefined) {
    this.#socket = socket;
    this.#first = first;
    // It may fail before anybody asks for it.
    first?.catch(ignore);
  }

  get local(): Address {
    return this.#socket.local;
  }

  get remote(): Address {
    return this.#socket.remote;
  }

  read(): Promise<Uint8Array | undefined> {
    const first = this.#first;
    if (first === undefined) return this.#socket.read();
    this.#first = undefined;
    return first;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    return this.#socket.write(bytes);
  }

  get isFlushed(): boolean {
    return this.#socket.isFlushed === true;
  }

  recycle(bytes: Uint8Array): void {
    this.#socket.recycle?.(bytes);
  }

  keep(bytes: Uint8Array): void {
    this.#socket.keep?.(bytes);
  }

  end(): Promise<void> {
    return this.#socket.end();
  }

  close(): void {
    this.#socket.close();
  }

  reset(): void {
    this.#socket.reset();
  }
}

const ignore = (): void => {};
