/** What the operating system's errors are called behind the door: the codes of POSIX, and a line for people. */

import { SocketError, type SocketErrorCode } from "./socket.ts";

const REASONS: Readonly<Record<SocketErrorCode, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this machine does not have that address",
  EAFNOSUPPORT: "this kind of address is not spoken here",
  EBADF: "this is not an open socket",
  ECONNABORTED: "the socket was closed here",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the peer has reset the connection",
  EDESTADDRREQ: "it does not say where to",
  EHOSTUNREACH: "no way leads to that host",
  EINVAL: "that makes no sense here",
  EISCONN: "the socket is connected already",
  EMFILE: "too many files are open",
  EMSGSIZE: "it is too long for one datagram",
  ENETUNREACH: "no way leads to that network",
  ENOENT: "there is no such file or folder",
  ENOTCONN: "the socket is not connected",
  ENOTFOUND: "there is no such host",
  EOPNOTSUPP: "this kind of socket cannot do that",
  EPIPE: "the connection is closed for writing",
  ETIMEDOUT: "no answer came in time",
};

/** What other systems, the resolver and Node call them. */
const OTHER_NAMES: Readonly<Record<string, SocketErrorCode>> = {
  EAI_AGAIN: "ENOTFOUND",
  EAI_NONAME: "ENOTFOUND",
  EAI_NODATA: "ENOTFOUND",
  ECANCELED: "ECONNABORTED",
  EHOSTDOWN: "EHOSTUNREACH",
  EISDIR: "EADDRINUSE",
  ENAMETOOLONG: "EINVAL",
  ENETDOWN: "ENETUNREACH",
  ENFILE: "EMFILE",
  ENOTDIR: "ENOENT",
  ENOTSOCK: "EBADF",
  EPERM: "EACCES",
  EPROTONOSUPPORT: "EAFNOSUPPORT",
  EPROTOTYPE: "ECONNRESET",
  EROFS: "EACCES",
  ESHUTDOWN: "EPIPE",
  ERR_INVALID_FD_TYPE: "EINVAL",
  ERR_SOCKET_CLOSED: "ECONNABORTED",
  ERR_SOCKET_DGRAM_NOT_RUNNING: "EBADF",
  ERR_STREAM_DESTROYED: "ECONNABORTED",
  ERR_STREAM_WRITE_AFTER_END: "EPIPE",
};

/**
 * The error of a Node call as ours; `what` was tried. A caller's mistake (a port above 65535) comes back as it is.
 *
 * @example
 * socketError({ code: "EACCES" }, "Cannot listen on 127.0.0.1:80").message;
 * // "Cannot listen on 127.0.0.1:80: permission denied"
 */
export function socketError(error: unknown, what: string): Error {
  if (error instanceof SocketError || error instanceof RangeError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const known = codeOf(code);
  if (known !== undefined) return errorOf(known, what);
  // Whatever it was, the connection did not survive it.
  return new SocketError("ECONNRESET", `${what}: ${message}`);
}

function codeOf(code: string | undefined): SocketErrorCode | undefined {
  if (code === undefined) return undefined;
  if (Object.hasOwn(REASONS, code)) return code as SocketErrorCode;
  return Object.hasOwn(OTHER_NAMES, code) ? OTHER_NAMES[code] : undefined;
}

/**
 * An error of our own, with the usual reason.
 *
 * @example
 * errorOf("EPIPE", "Cannot write").message; // "Cannot write: the connection is closed for writing"
 */
export function errorOf(code: SocketErrorCode, what: string): SocketError {
  return new SocketError(code, `${what}: ${REASONS[code]}`);
}
