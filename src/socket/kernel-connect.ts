/** Connects through the operating system. */

import type * as net from "node:net";
import { errorOf, socketError } from "./errors.ts";
import { KEEP_ALIVE, KernelSocket, localOf, STREAM_OPTIONS, Stream } from "./kernel-socket.ts";
import { type Address, type ConnectOptions, printAddress, type Socket } from "./socket.ts";

/**
 * Connects to an address, or to the first of a name's addresses that answers.
 *
 * @example
 * const listener = await kernel.listen({ host: "127.0.0.1", port: 0 });
 * const socket = await connect(listener.address);
 * socket.close();
 * await listener.close();
 */
export function connect(to: Address, { from, signal }: ConnectOptions = {}): Promise<Socket> {
  const what = `Cannot connect to ${printAddress(to)}`;
  if (signal?.aborted) return Promise.reject(errorOf("ECONNABORTED", what));
  return new Promise((resolve, reject) => {
    const source = from && { localAddress: from.host, localPort: from.port };
    const lookup = "host" in to && to.host === "localhost" ? { lookup: lookupLocalhost } : undefined;
    const stream = new Stream({ ...TCP_OPTIONS, ...STREAM_OPTIONS });
    stream.connect({ ...to, ...source, ...lookup, ...TCP_OPTIONS });
    const giveUp = (): void => void stream.destroy(errorOf("ECONNABORTED", what));
    const fail = (error: unknown): void => {
      signal?.removeEventListener("abort", giveUp);
      reject(socketError(error, what));
    };
    signal?.addEventListener("abort", giveUp);
    stream.once("error", fail);
    stream.once("connect", () => {
      signal?.removeEventListener("abort", giveUp);
      stream.off("error", fail);
      const local = "path" in to ? { path: "" } : (localOf(stream) ?? from ?? { host: "", port: 0 });
      resolve(new KernelSocket(stream, local, to, "flowing"));
    });
  });
}

/** All addresses of a name are tried, of both families in turn. */
const TCP_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE, autoSelectFamily: true };

/** The same two as where one listens, whatever the machine's own list of hosts says (RFC 6761 §6.3). */
const LOOPBACK = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

const lookupLocalhost: net.LookupFunction = (_, { all }, callback) => {
  if (all) callback(null, LOOPBACK);
  else callback(null, LOOPBACK[0]!.address, LOOPBACK[0]!.family);
};
