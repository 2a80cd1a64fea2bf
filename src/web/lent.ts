/** What was read off a socket and may go back there, once nobody looks at it any more. */

import type { Socket } from "../socket/socket.ts";

/** Less is not worth the keeping. */
const LARGE = 16 * 1024;

/** Who reads faster than he gives back loses the rest to the garbage collector. */
const MOST = 8;

/** @internal */
export class Lent {
  #list: Uint8Array[] | undefined;

  add(bytes: Uint8Array): void {
    if (bytes.length < LARGE) return;
    this.#list ??= [];
    if (this.#list.length < MOST) this.#list.push(bytes);
  }

  /** All of it has been looked at for the last time. */
  giveBack(socket: Socket): void {
    const list = this.#list;
    if (list === undefined) return;
    for (const bytes of list) socket.recycle?.(bytes);
    list.length = 0;
  }
}
