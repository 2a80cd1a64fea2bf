/** What the command says when it cannot do what it was asked: one line for people. */

import type { Address } from "../socket/socket.ts";
import { printAddress, SocketError, type SocketErrorCode } from "../socket/socket.ts";

/**
 * The mistake of who typed the command; its message is all there is to say. Exit code 2.
 *
 * @example
 * new Refusal('Cannot serve "nowhere": there is no such folder').name; // "Refusal"
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/**
 * What a parser makes of the user's words; what it cannot read becomes a Refusal.
 *
 * @example
 * refusing(() => parseUpstream("http://localhost:3000")).origin.authority; // "localhost:3000"
 */
export function refusing<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    // They say in one line what is wrong, and why.
    throw error instanceof TypeError || error instanceof RangeError
      ? new Refusal(error.message, { cause: error })
      : error;
  }
}

/**
 * Why one cannot listen at an address, and what to do. What is not a matter of the address comes back as it is.
 *
 * @example
 * const refusal = whyNotListening(new SocketError("EADDRINUSE", ""), { host: "localhost", port: 80 });
 * (refusal as Error).message;
 * // "Cannot listen on localhost:80: something else listens there (--port chooses another port)"
 */
export function whyNotListening(error: unknown, address: Address): unknown {
  if (!(error instanceof SocketError)) return error;
  const reasons = "path" in address ? OF_PATHS : OF_PORTS;
  const why = reasons[error.code] ?? error.message;
  return new Refusal(`Cannot listen on ${printAddress(address)}: ${why}`, { cause: error });
}

const OF_PORTS: Partial<Record<SocketErrorCode, string>> = {
  EADDRINUSE: "something else listens there (--port chooses another port)",
  EACCES: "that takes more rights than you have (ports from 1024 on are free to all: --port 8080)",
  EADDRNOTAVAIL: "this machine does not have that address (--lan means all it has)",
  EAFNOSUPPORT: "this machine does not speak that kind of address",
  ENOTFOUND: "there is no such host",
};

const OF_PATHS: Partial<Record<SocketErrorCode, string>> = {
  EADDRINUSE: "something is there already (if nobody listens any more, delete it)",
  EACCES: "you may not write in that folder",
  ENOENT: "there is no such folder",
};
