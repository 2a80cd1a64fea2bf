/** A listening socket of the operating system, or several that are one to the caller. */

import * as net from "node:net";
import { socketError } from "./errors.ts";
import { KEEP_ALIVE, KernelSocket, readByEvents, STREAM_OPTIONS, Stream } from "./kernel-socket.ts";
import type { Address, InternetAddress, Listener, Socket } from "./socket.ts";

/**
 * How many may wait to be accepted, if nobody says. It is what Node would do, too; Linux may allow less (net.core.somaxconn).
 *
 * @internal
 */
export const BACKLOG = 511;

/** How accepted connections are read: by Node's `onread` where that can be had, or by its streams' events. */
export type Reading = "onread" | "events";

/**
 * Starts to listen with one socket. Fails with a SocketError.
 *
 * @internal
 */
export function openServer(at: net.ListenOptions | { fd: number }, what: string): Promise<net.Server> {
  const server = net.createServer({ ...STREAM_OPTIONS, pauseOnConnect: true });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(socketError(error, `Cannot listen on ${what}`));
    server.once("error", fail);
    try {
      server.listen(at, () => {
        server.off("error", fail);
        // To run out of descriptors is no reason to stop listening: libuv turns the newcomer away.
        server.on("error", () => {});
        resolve(server);
      });
    } catch (error) {
      fail(error);
    }
  });
}

/** @internal */
export class KernelListener implements Listener {
  readonly addresses: readonly Address[];
  readonly #servers: readonly net.Server[];
  readonly #backlog: number;
  /** Connections that nobody has accepted yet; nothing is read from them. */
  readonly #waiting: Arrival[] = [];
  #acceptor: PromiseWithResolvers<Socket | undefined> | undefined;
  #isClosed = false;

  /** Of each server its address: the system does not know all of them. */
  constructor(servers: readonly (readonly [net.Server, Address])[], backlog: number, reading: Reading) {
    this.#servers = servers.map(([server]) => server);
    this.addresses = servers.map(([, address]) => address);
    this.#backlog = backlog;
    for (const [server, address] of servers) {
      const arrive = (stream: net.Socket): void => this.#arrive({ stream, address });
      if (reading === "onread" && takeHandles(server, arrive)) continue;
      server.on("connection", (stream) => {
        readByEvents(stream);
        arrive(stream);
      });
    }
  }

  get address(): Address {
    return this.addresses[0]!;
  }

  #arrive(arrival: Arrival): void {
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    if (acceptor !== undefined) acceptor.resolve(admit(arrival));
    else if (this.#waiting.length < this.#backlog) this.#waiting.push(arrival);
    else turnAway(arrival);
  }

  accept(): Promise<Socket | undefined> {
    if (this.#acceptor !== undefined) return Promise.reject(new TypeError("Cannot accept: somebody accepts already"));
    const arrival = this.#waiting.shift();
    if (arrival !== undefined) return Promise.resolve(admit(arrival));
    if (this.#isClosed) return Promise.resolve(undefined);
    this.#acceptor = Promise.withResolvers();
    return this.#acceptor.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Socket, void> {
    for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket;
  }

  /** Who has not been accepted by then is turned away. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The descriptor is closed at once; Node's own callback would wait for all connections too.
    for (const server of this.#servers) server.close();
    for (const arrival of this.#waiting.splice(0)) turnAway(arrival);
    this.#acceptor?.resolve(undefined);
    this.#acceptor = undefined;
  }
}

interface Arrival {
  readonly stream: net.Socket;
  /** Where it came to. */
  readonly address: Address;
}

function admit({ stream, address }: Arrival): KernelSocket {
  stream.setNoDelay(true);
  stream.setKeepAlive(true, KEEP_ALIVE);
  const unknown = "path" in address ? { path: "" } : { host: "", port: 0 };
  return new KernelSocket(stream, address, unknown, "stopped");
}

function turnAway({ stream, address }: Arrival): void {
  stream.on("error", () => {});
  if ("path" in address) stream.destroy();
  else stream.resetAndDestroy();
}

/** The connection as Node's server gets it from libuv. */
interface Handle {
  readonly onread?: unknown;
}

/**
 * Node's server makes a stream for each connection, but offers no `onread` for it. So we take what it makes
 * them of, as Node's own child processes and clusters do. Says whether this Node works so.
 */
function takeHandles(server: net.Server, arrive: (stream: net.Socket) => void): boolean {
  const { _handle } = server as { _handle?: { onconnection?: unknown } };
  if (typeof _handle?.onconnection !== "function") return false;
  _handle.onconnection = (error: number | undefined, handle: Handle | undefined): void => {
    if (error || handle === undefined) return;
    const options: object = { ...STREAM_OPTIONS, handle, pauseOnCreate: true };
    arrive(new Stream(options));
  };
  return true;
}

/**
 * Where a server listens.
 *
 * @internal
 */
export function addressOf(server: net.Server): InternetAddress {
  const { address, port } = server.address() as net.AddressInfo;
  return { host: address, port };
}
