/** What is ready goes out together: a head with its short body is one packet, not two. */

import { concat } from "../base/bytes.ts";
import type { Socket } from "../socket/socket.ts";

/** Pieces up to this size are joined; above, copying costs more than a write of its own. */
const JOINED = 64 * 1024;

/** From here on what is joined goes through memory that is used again, where the kernel takes it at once. */
const LARGE = 4 * 1024;

/** For all connections, since it is needed for no longer than a call; who keeps it waiting keeps it. */
let room: Uint8Array | undefined;

/**
 * The writing half of a connection.
 *
 * @internal
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #parts: (Uint8Array | string)[] = [];
  #size = 0;
  /** How many of the parts are bytes, and not ours. */
  #held = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Takes bytes, or text of single bytes; a promise where they had to go out and the peer cannot keep up. */
  put(bytes: Uint8Array | string): Promise<void> | undefined {
    if (bytes.length >= JOINED && typeof bytes !== "string") {
      const full = this.flush();
      return this.#socket.write(bytes) ?? full;
    }
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (typeof bytes !== "string") this.#held += 1;
    return this.#size >= JOINED ? this.flush() : undefined;
  }

  /** Whether no bytes that were put here are looked at any more, as far as the carrier can tell. */
  get isEmpty(): boolean {
    return this.#held === 0 && this.#socket.isFlushed === true;
  }

  /** Everything goes out now. */
  flush(): Promise<void> | undefined {
    if (this.#size === 0) return undefined;
    const isLarge = this.#size >= LARGE;
    if (isLarge) room ??= new Uint8Array(2 * JOINED);
    const bytes = concat(this.#parts, isLarge ? room : undefined);
    this.#parts.length = 0;
    this.#size = 0;
    this.#held = 0;
    const full = this.#socket.write(bytes);
    if (isLarge && this.#socket.isFlushed !== true) room = undefined;
    return full;
  }
}
