/** What was read off a socket and may go back there, once nobody looks at it any more. */

import type { Socket } from "../socket/socket.ts";

/** Less is not worth the keeping. */
const LARGE = 16 * 1024;

/** Who reads faster than he gives back loses the rest to the garbage collector. */
const MOST = 8;

/** @internal */
export class Lent {
  #list: Uint8Array[] | undefined;

  add(bytes: Uint8Array, socket: Socket): void {
    if (bytes.length < LARGE) return;
    this.#list ??= [];
    if (this.#list.length < MOST) this.#list.push(bytes);
    else socket.keep?.(bytes);
  }

  /** Somebody may go on looking at what is here, for as long as he likes: it is his. */
  forget(socket: Socket): void {
    const list = this.#list;
    if (list === undefined) return;
    for (const bytes of list) socket.keep?.(bytes);
    list.length = 0;
  }

  /** All of it has been looked at for the last time, but for what the reader still has before it. */
  giveBack(socket: Socket, reader: { looksInto(buffer: ArrayBufferLike): boolean }): void {
    const list = this.#list;
    if (list === undefined || list.length === 0) return;
    const last = list.at(-1)!;
    const isRead = !reader.looksInto(last.buffer);
    for (const bytes of list) if (isRead || bytes !== last) socket.recycle?.(bytes);
    list.length = 0;
    if (!isRead) list.push(last);
  }
}
