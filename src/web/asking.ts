/** What is asked of a server, by whom, and what it answers. */

import type { Fields } from "../http/fields.ts";
import type { Body } from "../http/message.ts";
import type { ResponseHead } from "../http/reader.ts";
import type { Socket } from "../socket/socket.ts";

/** A request as it goes to a server. */
export interface Outgoing {
  readonly method: string;
  readonly target: string;
  /** The minor version we speak. Default 1. */
  readonly minor?: 0 | 1;
  /** All of them but those that frame the content: these are added here. */
  readonly fields: Fields;
  readonly body?: Body | Uint8Array | undefined;
  /** The content waits until the server wants it (`Expect: 100-continue` is among the fields). */
  readonly isHeldBack?: boolean;
  /** The content once more from its beginning, for a second try; undefined where it cannot be had. */
  readonly again?: (() => Body | undefined) | undefined;
  /** Who passes the answer on, for the Via of its interim responses. */
  readonly via?: string;
  /** The protocols that an answer may be in instead, as `Upgrade` says among the fields. */
  readonly upgrade?: string | undefined;
}

/** Who asks, as far as a connection must know. */
export interface Asker {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  hold?: { cancel(): void } | undefined;
  /** An interim response came. */
  inform(status: number, fields: Fields): void;
}

/** A server's answer. */
export interface Incoming extends ResponseHead {
  /** All of it where it had come, else as it comes. */
  readonly body: Uint8Array | Body | undefined;
  /** For 101: the connection, and what the server has already said in the new protocol. */
  readonly upgrade: { readonly socket: Socket; readonly early: Uint8Array } | undefined;
}
