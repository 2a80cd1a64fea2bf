/** Errors as `node:net` gives them, for programs that look for a `syscall` or an `errno`. */

import { constants } from "node:os";
import { type Address, printAddress, SocketError } from "./socket.ts";

export interface NodeNetError extends Error {
  readonly code: string;
  readonly errno: number | undefined;
  readonly syscall: string;
  readonly address?: string;
  readonly port?: number;
}

/**
 * The error of one of our calls as Node's own would be; a caller's mistake comes back as it is.
 *
 * @example
 * const refusal = new SocketError("ECONNREFUSED", "Cannot connect to 10.0.0.1:80: nobody listens there");
 * const error = nodeNetError(refusal, "connect", { host: "10.0.0.1", port: 80 });
 * error.message; // "connect ECONNREFUSED 10.0.0.1:80"
 */
export function nodeNetError(error: unknown, syscall: string, at?: Address): Error {
  if (!(error instanceof SocketError)) return error as Error;
  const { code } = error;
  if (code === "ENOTFOUND" && at !== undefined && "host" in at) {
    const details = { code, errno: -3008, syscall: "getaddrinfo", hostname: at.host };
    return Object.assign(new Error(`getaddrinfo ENOTFOUND ${at.host}`, { cause: error }), details);
  }
  const { [code]: number } = constants.errno as Record<string, number | undefined>;
  const where = at === undefined ? "" : ` ${printAddress(at)}`;
  const details = { code, errno: number === undefined ? undefined : -number, syscall, ...place(at) };
  return Object.assign(new Error(`${syscall} ${code}${where}`, { cause: error }), details);
}

function place(at: Address | undefined): { address?: string; port?: number } {
  if (at === undefined) return {};
  return "path" in at ? { address: at.path } : { address: at.host, port: at.port };
}
