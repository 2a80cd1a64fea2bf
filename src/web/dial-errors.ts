/** What is said of a server that could not be reached: the kind of error by RFC 9209 §2.3, and why, for people. */

import type { ProxyErrorType } from "../http/proxy-status.ts";
import { SocketError, type SocketErrorCode, TlsError } from "../socket/socket.ts";

export interface Failure {
  readonly type: ProxyErrorType;
  readonly reason: string;
}

/**
 * Where addresses fail for different reasons, the one that stands first here is told: one who might have answered,
 * before one who refused, before one to whom no way leads.
 */
const FAILURES = {
  ETIMEDOUT: { type: "connection_timeout", reason: "no answer came in time" },
  ECONNRESET: { type: "connection_terminated", reason: "it broke the connection off" },
  ECONNREFUSED: { type: "connection_refused", reason: "nobody listens there" },
  EACCES: { type: "destination_unavailable", reason: "permission was denied" },
  ENOENT: { type: "destination_unavailable", reason: "nobody listens there" },
  // A machine that does not speak a family says the third or the fourth.
  EHOSTUNREACH: { type: "destination_ip_unroutable", reason: "no way leads to that host" },
  ENETUNREACH: { type: "destination_ip_unroutable", reason: "no way leads to that network" },
  EADDRNOTAVAIL: { type: "destination_ip_unroutable", reason: "this machine has no address to reach it from" },
  EAFNOSUPPORT: { type: "destination_ip_unroutable", reason: "this kind of address is not spoken here" },
  ENOTFOUND: { type: "dns_error", reason: "there is no such host" },
  EMFILE: { type: "proxy_internal_error", reason: "too many connections are open here" },
} as const satisfies Partial<Record<SocketErrorCode, Failure>>;

const OURS: Failure = { type: "proxy_internal_error", reason: "something went wrong here" };

const TLS_TYPES = {
  certificate: "tls_certificate_error",
  alert: "tls_alert_received",
  protocol: "tls_protocol_error",
} as const satisfies Record<TlsError["kind"], ProxyErrorType>;

/**
 * Of one error.
 *
 * @example
 * failureOf(new SocketError("ECONNREFUSED", "Cannot connect to 10.0.0.1:80: nobody listens there"));
 * // { type: "connection_refused", reason: "nobody listens there" }
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof TlsError) return { type: TLS_TYPES[error.kind], reason: reasonOf(error) };
  if (!isKnown(error)) return OURS;
  // There is more than one reason why.
  return error.code === "ENOTFOUND" ? { ...FAILURES.ENOTFOUND, reason: reasonOf(error) } : FAILURES[error.code];
}

/** A message begins with what was tried, which whoever tells it says in their own words. */
const reasonOf = (error: Error): string => error.message.replace(/^Cannot .*?: /, "");

/**
 * The error that says most about all of them.
 *
 * @example
 * const unroutable = new SocketError("ENETUNREACH", "Cannot connect to [fd00::1]:80: no way leads to that network");
 * const refused = new SocketError("ECONNREFUSED", "Cannot connect to 10.0.0.1:80: nobody listens there");
 * mostTelling([unroutable, refused]) === refused; // true
 */
export function mostTelling(errors: readonly unknown[]): unknown {
  return errors.toSorted((a, b) => rank(a) - rank(b))[0];
}

const CODES = Object.keys(FAILURES);

/** What we do not expect is our own mistake, and stands before all. */
const rank = (error: unknown): number => (isKnown(error) ? CODES.indexOf(error.code) : -1);

const isKnown = (error: unknown): error is SocketError & { code: keyof typeof FAILURES } =>
  error instanceof SocketError && Object.hasOwn(FAILURES, error.code);
