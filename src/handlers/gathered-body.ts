/** Content on its way through, of which a copy is gathered on the side, up to a limit. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";

const EMPTY = new Uint8Array(0);

/** Where nobody says how much will come. */
const FIRST_ROOM = 4 * 1024;

/**
 * A body around a body. Once all of it has come, and is no more than the limit, its bytes are given away: they are
 * the taker's own. What breaks off, or is cancelled, or is longer, is let go of at once.
 *
 * @example
 * const gathered = new GatheredBody(body, 1024, (bytes) => {
 *   console.log(`${bytes.length} bytes`);
 * });
 * gathered.read(); // Uint8Array [104, 105]
 */
export class GatheredBody implements Body {
  readonly length: number | undefined;
  readonly #body: Body;
  readonly #most: number;
  readonly #take: (bytes: Uint8Array) => void;
  /**
   * What is gathered: the first `#size` bytes of it. A copy, for what is read may be lent, and written over once it has
   * gone. Undefined where nothing is gathered any more.
   */
  #room: Uint8Array | undefined = EMPTY;
  #size = 0;

  constructor(body: Body, most: number, take: (bytes: Uint8Array) => void) {
    this.length = body.length;
    this.#body = body;
    this.#most = most;
    this.#take = take;
    if (body.length !== undefined && body.length > most) this.#room = undefined;
  }

  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    const part = this.#body.read();
    if (this.#room === undefined) return part;
    return part instanceof Promise ? part.then(this.#came) : this.#came(part);
  }

  readonly #came = (part: Uint8Array | undefined): Uint8Array | undefined => {
    // It may have been cancelled while it was waited for.
    if (this.#room === undefined) return part;
    if (part === undefined) this.#end();
    else this.#append(this.#room, part);
    return part;
  };

  #append(room: Uint8Array, part: Uint8Array): void {
    const size = this.#size + part.length;
    if (size > this.#most) {
      this.#room = undefined;
      return;
    }
    const into = size <= room.length ? room : this.#larger(room, size);
    into.set(part, this.#size);
    this.#room = into;
    this.#size = size;
    // Before the last bytes go on: who has them all may ask again at once, and shall find them.
    if (size === this.length) this.#end();
  }

  /** Twice what there is: a server that sends byte by byte does not make us copy for each byte. */
  #larger(room: Uint8Array, size: number): Uint8Array {
    const wanted = this.length ?? Math.max(2 * room.length, FIRST_ROOM);
    const larger = new Uint8Array(Math.max(size, Math.min(wanted, this.#most)));
    larger.set(room.subarray(0, this.#size));
    return larger;
  }

  #end(): void {
    const room = this.#room;
    this.#room = undefined;
    if (room === undefined || (this.length !== undefined && this.#size !== this.length)) return;
    this.#take(this.#size === room.length ? room : room.slice(0, this.#size));
  }

  cancel(): void {
    this.#room = undefined;
    this.#body.cancel();
  }

  recycle(): void {
    this.#body.recycle?.();
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }
}
