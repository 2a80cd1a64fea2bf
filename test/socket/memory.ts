/** A network inside the process: no timers, no chance, no machine. For scenes above the socket. */

import {
  type Address,
  type Datagram,
  type Datagrams,
  type InternetAddress,
  type Listener,
  type Network,
  printAddress,
  type Socket,
  SocketError,
} from "../../src/socket/socket.ts";
import { pair } from "./memory-socket.ts";

export interface MemoryOptions {
  /** How many bytes one side may be ahead of the other's reading, before its writer is asked to wait. */
  readonly buffer?: number;
  /** How many datagrams may wait to be received. */
  readonly datagrams?: number;
  /** Which addresses a name has. An address is itself, `localhost` both loopbacks; others are not found. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Hosts that never answer: to connect there takes until it is given up. */
  readonly silent?: ReadonlySet<string>;
  /** What comes before a connection is there: it takes as long as this does, and fails as this does. */
  readonly way?: (to: Address) => Promise<void> | undefined;
}

/**
 * Hosts need no setting up: whoever listens at an address is there. Who connects comes from 10.0.0.2,
 * or from the very host where that is a loopback address.
 *
 * @example
 * const network = memoryNetwork();
 * const listener = await network.listen({ host: "10.0.0.1", port: 80 });
 * const client = await network.connect({ host: "10.0.0.1", port: 80 });
 */
export function memoryNetwork({
  buffer = 64 * 1024,
  datagrams = 100,
  names = {},
  silent,
  way,
}: MemoryOptions = {}): Network {
  const listeners = new Directory<MemoryListener>("Cannot listen on");
  const receivers = new Directory<MemoryDatagrams>("Cannot receive at");

  return {
    async listen(at, { backlog = 511 } = {}) {
      const listener = new MemoryListener(listeners.free(at), backlog, () => listeners.delete(listener));
      return listeners.add(listener);
    },

    async connect(to, { from, signal } = {}) {
      const what = `Cannot connect to ${printAddress(to)}`;
      const isSilent = !("path" in to) && silent?.has(to.host) === true;
      // Nothing is so quick that it could not be given up.
      await (isSilent ? never(signal) : untilGivenUp(way?.(to), signal));
      if (signal?.aborted) throw new SocketError("ECONNABORTED", `${what}: it was given up`);
      const listener = addressesOf(to, names)
        .map((address) => listeners.find(address))
        .find((found) => found !== undefined);
      if (listener === undefined) throw new SocketError("ECONNREFUSED", `${what}: nobody listens there`);
      const local = "path" in to ? { path: "" } : listeners.free(from ?? { host: neighbour(to.host), port: 0 });
      const [near, far] = pair(local, to, buffer);
      listener.offer(far);
      return near;
    },

    async resolve(host) {
      return resolve(host, names);
    },

    async datagrams(at) {
      return receivers.add(new MemoryDatagrams(receivers.free(at), datagrams, receivers));
    },
  };
}

type Names = Readonly<Record<string, readonly string[]>>;

function resolve(host: string, names: Names): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (/(^|\.)localhost$/.test(name)) return LOOPBACK;
  if (host.includes(":") || /^\d+(\.\d+){3}$/.test(host)) return [host];
  const addresses = Object.hasOwn(names, name) ? names[name]! : [];
  if (addresses.length === 0) throw new SocketError("ENOTFOUND", `Cannot find ${host}: there is no such host`);
  return addresses;
}

/** Somebody may also listen at a name that is none of ours. */
function addressesOf(to: Address, names: Names): readonly Address[] {
  if ("path" in to || !Object.hasOwn(names, to.host)) return [to];
  return resolve(to.host, names).map((host) => ({ host, port: to.port }));
}

/** Whatever comes first. */
function untilGivenUp(way: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> | undefined {
  if (way === undefined || signal === undefined) return way;
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve();
    signal.addEventListener("abort", giveUp, { once: true });
    way.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
    if (signal.aborted) resolve();
  });
}

const never = (signal: AbortSignal | undefined): Promise<void> =>
  untilGivenUp(new Promise(() => {}), signal) ?? new Promise(() => {});

const LOOPBACK = ["127.0.0.1", "::1"];

/** The addresses where somebody is who listens at a host. */
const placesOf = (host: string): readonly string[] => (host === "localhost" ? [...LOOPBACK, host] : [host]);
const isSamePlace = (a: string, b: string): boolean => placesOf(a).some((place) => placesOf(b).includes(place));

const isLoopback = (host: string): boolean => /^127\.|^::1$|^localhost$/.test(host);
const neighbour = (host: string): string => (isLoopback(host) ? host : host.includes(":") ? "fd00::2" : "10.0.0.2");

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";
const sameFamily = (a: string, b: string): boolean => a.includes(":") === b.includes(":");

/** Who is where. */
class Directory<T extends { readonly address: Address }> {
  readonly #entries = new Set<T>();
  readonly #what: string;
  #lastPort = 49151;

  constructor(what: string) {
    this.#what = what;
  }

  /** The address, with a port of its own where none was asked for (RFC 6335 §6). */
  free<A extends Address>(at: A): A {
    if (!("path" in at) && at.port === 0) return this.#choose(at);
    if (this.#conflicts(at)) throw new SocketError("EADDRINUSE", `${this.#what} ${printAddress(at)}: it is in use`);
    return at;
  }

  #choose<A extends Address>(at: A): A {
    for (;;) {
      this.#lastPort = this.#lastPort === 65535 ? 49152 : this.#lastPort + 1;
      const address = { ...at, port: this.#lastPort };
      if (!this.#conflicts(address)) return address;
    }
  }

  /** "All hosts" is in everybody's way. */
  #conflicts(at: Address): boolean {
    return [...this.#entries].some(({ address }) => {
      if ("path" in address || "path" in at) return printAddress(address) === printAddress(at);
      const isAll = (isWildcard(address.host) || isWildcard(at.host)) && sameFamily(address.host, at.host);
      return address.port === at.port && (isAll || isSamePlace(address.host, at.host));
    });
  }

  add(entry: T): T {
    this.#entries.add(entry);
    return entry;
  }

  delete(entry: T): void {
    this.#entries.delete(entry);
  }

  /** Whoever is reached there. */
  find(to: Address): T | undefined {
    return [...this.#entries].find(({ address }) => {
      if ("path" in address || "path" in to) return printAddress(address) === printAddress(to);
      const isThere =
        isSamePlace(address.host, to.host) || (isWildcard(address.host) && sameFamily(address.host, to.host));
      return address.port === to.port && isThere;
    });
  }
}

class MemoryListener implements Listener {
  readonly address: Address;
  readonly #backlog: number;
  readonly #onClose: () => void;
  readonly #waiting: Socket[] = [];
  #acceptor: ((socket: Socket | undefined) => void) | undefined;
  #isClosed = false;

  constructor(address: Address, backlog: number, onClose: () => void) {
    this.address = address;
    this.#backlog = backlog;
    this.#onClose = onClose;
  }

  get addresses(): readonly Address[] {
    return [this.address];
  }

  /** Beyond the backlog a newcomer is turned away by a reset, as the kernel's carrier does it. */
  offer(socket: Socket): void {
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    if (acceptor !== undefined) acceptor(socket);
    else if (this.#waiting.length < this.#backlog) this.#waiting.push(socket);
    else socket.reset();
  }

  accept(): Promise<Socket | undefined> {
    const socket = this.#waiting.shift();
    if (socket !== undefined || this.#isClosed) return Promise.resolve(socket);
    return new Promise((resolve) => (this.#acceptor = resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Socket, void> {
    for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClose();
    for (const socket of this.#waiting.splice(0)) socket.reset();
    this.#acceptor?.(undefined);
  }
}

class MemoryDatagrams implements Datagrams {
  readonly address: InternetAddress;
  readonly #limit: number;
  readonly #all: Directory<MemoryDatagrams>;
  readonly #waiting: Datagram[] = [];
  #receiver: ((datagram: Datagram | undefined) => void) | undefined;
  #isClosed = false;

  constructor(address: InternetAddress, limit: number, all: Directory<MemoryDatagrams>) {
    this.address = address;
    this.#limit = limit;
    this.#all = all;
  }

  receive(): Promise<Datagram | undefined> {
    const datagram = this.#waiting.shift();
    if (datagram !== undefined || this.#isClosed) return Promise.resolve(datagram);
    return new Promise((resolve) => (this.#receiver = resolve));
  }

  async send(bytes: Uint8Array, to: InternetAddress): Promise<void> {
    const what = `Cannot send to ${printAddress(to)}`;
    if (this.#isClosed) throw new SocketError("EBADF", `${what}: the socket is closed`);
    if (!sameFamily(this.address.host, to.host))
      throw new SocketError("EAFNOSUPPORT", `${what}: it is of another family`);
    // What the 65,535 bytes of an IPv4 packet leave after its header and UDP's.
    if (bytes.length > 65_507) throw new SocketError("EMSGSIZE", `${what}: it is too long for one datagram`);
    const host = isWildcard(this.address.host) ? neighbour(to.host) : this.address.host;
    this.#all.find(to)?.take({ bytes: bytes.slice(), from: { ...this.address, host } });
  }

  take(datagram: Datagram): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver !== undefined) receiver(datagram);
    // Beyond this it is lost, as datagrams are.
    else if (this.#waiting.length < this.#limit) this.#waiting.push(datagram);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#all.delete(this);
    this.#waiting.length = 0;
    this.#receiver?.(undefined);
    this.#receiver = undefined;
  }
}
