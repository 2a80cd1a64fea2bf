/** Where the house listens: at the addresses it was told, or on the sockets that systemd hands over. */

import { inheritedListeners } from "../socket/activation.ts";
import { type Address, type Listener, type Network, SocketError } from "../socket/socket.ts";
import { hostFor, type NetworkFlags, networkOf } from "./network.ts";
import { Refusal, whyNotListening } from "./refusal.ts";

export interface DoorFlags extends NetworkFlags {
  readonly port: number;
  readonly host: string;
  /** All addresses of the machine, in place of `host`. */
  readonly lan?: boolean;
  /** The path of a Unix-domain socket, in place of all that. */
  readonly unix?: string;
}

/**
 * Opens all doors, or none. Where systemd has opened some already (LISTEN_FDS) it is those,
 * whatever the flags say, unless it is another machine that they speak of. Fails with a Refusal that names the address
 * which cannot be had.
 *
 * @example
 * const listeners = await openDoors({ port: 0, host: "localhost" });
 * for (const listener of listeners) await listener.close();
 */
export async function openDoors(flags: DoorFlags): Promise<readonly Listener[]> {
  const { port, host, lan, unix } = flags;
  const network = await networkOf(flags);
  const open = (address: Address): Promise<Listener> => openOn(network, address);
  if (flags.tap !== undefined) return [await open({ host: hostFor(flags), port })];
  const inherited = await inheritedListeners().catch((error: unknown) => {
    throw error instanceof SocketError ? new Refusal(error.message, { cause: error }) : error;
  });
  if (inherited.length > 0) return inherited;
  if (unix !== undefined) return [await open({ path: unix })];
  return lan === true ? openToAll(port, open) : [await open({ host, port })];
}

/** Two sockets, one for each family, on the same port. */
async function openToAll(port: number, open: (address: Address) => Promise<Listener>): Promise<Listener[]> {
  const first = await open({ host: "0.0.0.0", port });
  try {
    const samePort = "port" in first.address ? first.address.port : port;
    return [first, await open({ host: "::", port: samePort })];
  } catch (error) {
    const code = error instanceof Error && error.cause instanceof SocketError ? error.cause.code : undefined;
    // A machine may speak one family only.
    if (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL") return [first];
    await first.close();
    // The system has chosen a port that is free in one family and taken in the other.
    if (code === "EADDRINUSE" && port === 0) return openToAll(0, open);
    throw error;
  }
}

async function openOn(network: Network, address: Address): Promise<Listener> {
  try {
    return await network.listen(address);
  } catch (error) {
    throw whyNotListening(error, address);
  }
}
