/** How patient a client is with servers, and with how many at once. Times are in milliseconds. */

import { type Clock, realClock } from "../base/clock.ts";
import { LIMITS, type Limits } from "../http/limits.ts";

export interface ClientOptions {
  readonly clock?: Clock;
  /** How much of a response's head is read. Default: twice of what a server reads of a request's, since cookies are set one a line. */
  readonly limits?: Partial<Limits>;
  /** From the end of a request to the head of its answer, and from an interim response to the next. Default 60 s, as nginx's proxy_read_timeout. */
  readonly answerTimeout?: number;
  /** For the content's next bytes. Default 60 s. */
  readonly readTimeout?: number;
  /** For a server to take any more of a request. Default 60 s. */
  readonly writeTimeout?: number;
  /** For 100 (Continue) to come, after which the content is sent anyway (RFC 9110 §10.1.1). Default 1 s, as curl. */
  readonly continueTimeout?: number;
  /** How long a connection that nobody uses is kept. Default 60 s; less than the servers themselves mostly allow. */
  readonly idleTimeout?: number;
  /** How many connections one origin gets at once. Default 512. */
  readonly connections?: number;
  /** How many idle ones are kept for an origin. Default 128. */
  readonly idle?: number;
  /** How many idle ones are kept in all; the one unused for longest makes room. Default 1024. */
  readonly idleInAll?: number;
  /** How many requests may wait for a connection to one origin; the next is refused. Default 4096. */
  readonly waiting?: number;
  /** How long one waits for a connection. Default 30 s. */
  readonly waitTimeout?: number;
}

export interface ClientSettings extends Required<ClientOptions> {
  readonly limits: Limits;
}

const RESPONSE_LIMITS: Limits = { ...LIMITS, field: 2 * LIMITS.field, fields: 2 * LIMITS.fields, fieldCount: 256 };

/**
 * The options, with what was not said.
 *
 * @internal
 */
export const clientSettings = (options: ClientOptions): ClientSettings => ({
  clock: realClock,
  answerTimeout: 60_000,
  readTimeout: 60_000,
  writeTimeout: 60_000,
  continueTimeout: 1_000,
  idleTimeout: 60_000,
  connections: 512,
  idle: 128,
  idleInAll: 1024,
  waiting: 4096,
  waitTimeout: 30_000,
  ...options,
  limits: { ...RESPONSE_LIMITS, ...options.limits },
});
