/** A server that requests go to: how it is spoken to, and where it is (RFC 9110 §4.3). */

import { type Address, printAddress } from "../socket/socket.ts";

export interface Origin {
  /** Whether TLS protects the connection. */
  readonly secure: boolean;
  /** A host name or IP address with its port, or the path of a Unix-domain socket. */
  readonly address: Address;
  /** What the Host field says: without the port where that is the scheme's own. */
  readonly authority: string;
  /** Two origins with the same key share their connections. */
  readonly key: string;
}

/**
 * The origin at an address. Behind a Unix-domain socket it goes by the name of localhost.
 *
 * @example
 * originAt({ host: "::1", port: 80 }).authority; // "[::1]"
 */
export function originAt(address: Address, secure = false): Origin {
  const key = `${secure ? "https" : "http"}://${printAddress(address)}`;
  if ("path" in address) return { secure, address, authority: "localhost", key };
  const isUsual = address.port === (secure ? 443 : 80);
  const authority = printAddress(address);
  return { secure, address, authority: isUsual ? authority.slice(0, authority.lastIndexOf(":")) : authority, key };
}
