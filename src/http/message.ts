/**
 * Our own messages. A proxy must keep what the web's `Request` and `Response` throw away:
 * the fields' order and repetitions, trailers, raw targets, odd methods.
 */

import type { Fields } from "./fields.ts";

export interface Request {
  /** As sent; methods are case-sensitive (RFC 9110 §9.1). */
  readonly method: string;
  /** As sent: "/a?b", "http://host/a", "host:443" or "*" (RFC 9112 §3.2). */
  readonly target: string;
  /** The minor version: 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minor: 0 | 1;
  readonly fields: Fields;
  /** Undefined where the message has none (no length, or a length of 0). */
  readonly body: Body | undefined;
}

export interface Response {
  readonly status: number;
  /** The phrase of the status line; the usual one where missing. */
  readonly reason?: string | undefined;
  readonly fields: Fields;
  readonly body?: Uint8Array | Body | undefined;
}

/** Content that comes bit by bit, pulled by who wants it. */
export interface Body {
  /** How many bytes it has, where that is known before. */
  readonly length?: number | undefined;
  /**
   * The next bytes, at once or later; undefined after the last.
   * Fails where the content breaks off: who passes it on must then break off too.
   */
  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /** Nobody wants the rest. May be called at any time, also twice. */
  cancel(): void;
  /**
   * All bytes given so far have gone where they were to go, and their memory may be written over. Called between
   * reads, by who knows that for sure; never called where nobody knows.
   */
  recycle?(): void;
  /** After the last bytes: the trailer section, if there was one. */
  readonly trailers?: Fields | undefined;
}

/**
 * The peer does not keep to the protocol; `status` is what one might answer.
 * Caught at one door, in web/server.ts.
 *
 * @example
 * new ProtocolError(400, "Cannot read a field: its name is empty").status; // 400
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
