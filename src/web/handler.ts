/** What the house serves with: (request) => response. */

import type { Fields } from "../http/fields.ts";
import type { Request, Response } from "../http/message.ts";
import type { Address, Socket } from "../socket/socket.ts";
import type { UpstreamError } from "./upstream-error.ts";

/** May answer at once, or later. What it throws becomes a 500 and is logged. */
export type Handler = (request: Request, exchange: Exchange) => Answer | Promise<Answer>;

/** What a handler may know and do beyond the request. Lives for one request and its answer. */
export interface Exchange {
  readonly local: Address;
  readonly remote: Address;
  /** Whether TLS protects the connection. */
  readonly secure: boolean;
  /** Aborted when the client has left before the answer was complete. Made when first asked for. */
  readonly signal: AbortSignal;
  /**
   * What is let go of when the client leaves before the answer was complete: at once, if it has left already. Lighter
   * than the signal, and for one who works for the handler at a time. Not everybody who calls a handler has it.
   */
  hold?: { cancel(): void } | undefined;
  /** Sends an interim response (1xx), to those who understand one; 100 is sent without being asked for. */
  inform(status: number, fields: Fields): void;
  /** A line for the error log. */
  complain(message: string): void;
}

export interface Answer extends Response {
  /** The body is all that is written, head included, and the connection closes after it (nph programs). */
  readonly raw?: boolean;
  /**
   * For 101 and for 2xx to CONNECT: who talks on the connection once the head is out.
   * `early` is what the client has already said. The socket is the callee's to close. At its end a tunnel may tell
   * what was said in it.
   */
  readonly tunnel?: (socket: Socket, early: Uint8Array) => Promise<Talk | undefined>;
  /** Given in place of one that could not be had: why. A cache may have another to give. */
  readonly failure?: UpstreamError | undefined;
  /** How the answer came about, as data for the log; made when asked for. */
  readonly account?: (() => unknown) | undefined;
}

/** What there is to tell about a tunnel. */
export interface Talk {
  /** Bytes of the client's that went on. */
  readonly sent: number;
  /** Bytes that the client was given. */
  readonly received: number;
  /** Whether each side has heard the other's end. */
  readonly isComplete: boolean;
}
