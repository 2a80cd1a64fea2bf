/** From which address and port to call somebody (RFC 9293 §3.9.1.1, RFC 1122 §3.3.4.3). */

import type { EphemeralPorts } from "./ephemeral.ts";
import type { Ip } from "./ip.ts";
import { isLoopbackAddress, mayBeSource } from "./special.ts";
import { type ConnectWishes, checkPort } from "./tcp-wishes.ts";

/** Our end of a connection that is to be. */
export interface TcpSource {
  readonly address: number;
  readonly port: number;
}

/** Whether a connection between these two ends would be the only one. */
export type IsFree = (localAddress: number, localPort: number, remoteAddress: number, remotePort: number) => boolean;

/** @internal Of `Tcp`. */
export function sourceOf(
  wishes: ConnectWishes,
  ip: Ip,
  ephemeral: EphemeralPorts,
  isFree: IsFree,
): TcpSource | "ENETUNREACH" | "EADDRINUSE" | "EADDRNOTAVAIL" {
  const { address: remote, from: { address: wanted = 0, port: wantedPort = 0 } = {} } = wishes;
  const remotePort = checkPort(wishes.port, "connect to");
  if (wanted !== 0 && !ip.isLocal(wanted)) return "EADDRNOTAVAIL";
  if (!isOneHost(remote, ip)) return "ENETUNREACH";
  const address = wanted === 0 ? ip.sourceFor(remote) : wanted;
  if (address === undefined) return "ENETUNREACH";
  if (wantedPort !== 0) {
    const port = checkPort(wantedPort, "connect from");
    return isFree(address, port, remote, remotePort) ? { address, port } : "EADDRINUSE";
  }
  // Nobody is to get himself on the line because the port that he calls happens to be the one that he was given.
  const mayBeGiven = (port: number): boolean =>
    isFree(address, port, remote, remotePort) && !(port === remotePort && address === remote);
  const port = ephemeral.towards(address, remote, remotePort, mayBeGiven);
  return port === undefined ? "EADDRNOTAVAIL" : { address, port };
}

/** One can only talk to one (RFC 9293 MUST-46): groups, everybody and nobody are unreachable, as Linux says. */
function isOneHost(address: number, ip: Ip): boolean {
  if (!mayBeSource(address) && !isLoopbackAddress(address)) return false;
  return !ip.interfaces.some((one) => one.isBroadcast(address));
}
