/** How patient the server is, and with how many. Times are in milliseconds. */

import { type Clock, realClock } from "../base/clock.ts";
import { LIMITS, type Limits } from "../http/limits.ts";
import type { Address } from "../socket/socket.ts";

export interface ServerOptions {
  readonly clock?: Clock;
  /** How much of a head is read. */
  readonly limits?: Partial<Limits>;
  /** From a request's first byte to the end of its head; 408 beyond. Default 30 s. */
  readonly headTimeout?: number;
  /** For the content's next bytes; besides, content must come at `slowest` bytes a second. Default 30 s. */
  readonly bodyTimeout?: number;
  /** Bytes a second that a sender of content must keep up, once `bodyTimeout` has passed. Default 500, as Apache's MinRate. */
  readonly slowest?: number;
  /** Between two requests. Default 75 s, as nginx's keepalive_timeout. */
  readonly idleTimeout?: number;
  /** For a reader to take any more; who does not read for so long is reset. Default 60 s. */
  readonly writeTimeout?: number;
  /** After the last answer, for the client to close its side (RFC 9112 §9.6). Default 5 s. */
  readonly lingerTimeout?: number;
  /** How many connections at once; 503 beyond. Default 20,000. */
  readonly maxConnections?: number;
  /** When closing: for answers under way to finish. Default 10 s. */
  readonly grace?: number;
  /** Whether TLS protects the connections. */
  readonly secure?: boolean;
  /** Whether HTTP/1.1 without a Host is a 400, as RFC 9112 §3.2 has it. Default true. */
  readonly needsHost?: boolean;
  /** An answer that no handler gave: to a request that could not be read (4xx, 501, 505), came too slowly (408), or one too many (503). */
  readonly onRefusal?: (status: number, remote: Address) => void;
  /** A line for the error log: what a handler did wrong, or a peer; with the error, where that tells more. */
  readonly complain?: (message: string, remote: Address, error?: unknown) => void;
}

export interface Settings extends Required<ServerOptions> {
  readonly limits: Limits;
}

/**
 * The options, with what was not said.
 *
 * @internal
 */
export const settings = (options: ServerOptions): Settings => ({
  clock: realClock,
  headTimeout: 30_000,
  bodyTimeout: 30_000,
  slowest: 500,
  idleTimeout: 75_000,
  writeTimeout: 60_000,
  lingerTimeout: 5_000,
  maxConnections: 20_000,
  grace: 10_000,
  secure: false,
  needsHost: true,
  onRefusal: () => {},
  complain: () => {},
  ...options,
  limits: { ...LIMITS, ...options.limits },
});
