/** A response that is sent many times: its bytes are made once, and once more for each new Date. */

import { concat, fromLatin1 } from "../base/bytes.ts";
import type { Fields } from "./fields.ts";
import type { Response } from "./message.ts";
import { responseHead } from "./writer.ts";

/**
 * Below this, head and body travel in one piece; above, the copy costs more than a second write.
 *
 * @internal
 */
export const ONE_PIECE = 32 * 1024;

/** Whose bytes are ready, for a connection that just stays open. `date` is the value of Date, and changes once a second. */
export interface Prepared extends Response {
  readonly body: Uint8Array;
  head(date: string): Uint8Array;
  /** Head and body in one piece; undefined where the body is too long for that to pay. */
  whole(date: string): Uint8Array | undefined;
}

/**
 * Whether a response is such a one.
 *
 * @example
 * isPrepared({ status: 204, fields: new Fields() }); // false
 */
export const isPrepared = (response: Response): response is Prepared =>
  (response as Partial<Prepared>).whole !== undefined;

/**
 * A response with its content in memory, which nobody changes any more. The writer adds
 * Date and what the connection needs; on a connection that just stays open that is nothing,
 * and then the bytes below go out as they are.
 *
 * @example
 * const response = new PreparedResponse(200, Fields.of({ "Content-Length": "2" }), utf8("hi"));
 * response.whole("Sun, 06 Nov 1994 08:49:37 GMT")?.length; // 77
 */
export class PreparedResponse implements Prepared {
  readonly status: number;
  readonly fields: Fields;
  readonly body: Uint8Array;
  #date: string | undefined;
  #head: Uint8Array = EMPTY;
  #whole: Uint8Array = EMPTY;

  constructor(status: number, fields: Fields, body: Uint8Array) {
    this.status = status;
    this.fields = fields;
    this.body = body;
  }

  /** The head for HTTP/1.1 keep-alive, with this Date. Bytes already given out are never changed. */
  head(date: string): Uint8Array {
    if (date !== this.#date) this.#render(date);
    return this.#head;
  }

  /** Head and body in one piece; undefined where the body is too long for that to pay. */
  whole(date: string): Uint8Array | undefined {
    if (this.body.length > ONE_PIECE) return undefined;
    if (date !== this.#date) this.#render(date);
    return this.#whole;
  }

  #render(date: string): void {
    this.#date = date;
    const head = responseHead(this.status, undefined, this.fields.copy().append("Date", date));
    if (this.body.length > ONE_PIECE) {
      this.#head = fromLatin1(head);
      return;
    }
    this.#whole = concat([head, this.body]);
    this.#head = this.#whole.subarray(0, head.length);
  }
}

const EMPTY = new Uint8Array(0);
