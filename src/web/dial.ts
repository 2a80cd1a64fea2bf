/** Reaches a server: its name resolved, its addresses tried by RFC 8305, TLS where that is wanted. */

import type { Clock } from "../base/clock.ts";
import type { Secure, Socket } from "../socket/socket.ts";
import type { Origin } from "./origin.ts";

/** Fails with an UpstreamError that says what was tried; where the signal gave it up, with the signal's reason. */
export type Dial = (origin: Origin, signal?: AbortSignal) => Promise<Socket>;

export interface DialOptions {
  readonly clock?: Clock;
  /** For all of it, name, addresses and TLS, in milliseconds. Default 10 s. */
  readonly timeout?: number;
  /** How TLS is spoken; without it an https origin is a `proxy_configuration_error`. */
  readonly secure?: Secure;
  /** Why this address, to which `host` resolved, may not be connected to; undefined where it may. */
  readonly judge?: (host: string, port: number, address: string) => string | undefined;
}
