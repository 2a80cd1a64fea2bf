/** The network of a machine of our own: sockets over its TCP and UDP. */

import type { Host } from "../host/host.ts";
import type { TcpStream } from "../host/tcp-stream.ts";
import { errorOf } from "./errors.ts";
import {
  type Address,
  type ConnectOptions,
  type Datagrams,
  type InternetAddress,
  type Listener,
  type ListenOptions,
  type Network,
  printAddress,
  type Socket,
} from "./socket.ts";
import { StackDatagrams } from "./stack-datagrams.ts";
import { StackListener } from "./stack-listener.ts";
import { type Hosts, hostsResolver, ipv4Of, type Resolve } from "./stack-resolve.ts";
import { StackSocket } from "./stack-socket.ts";
import { Answer, UNCOUNTED, type Waiting } from "./waiting.ts";

export interface StackOptions {
  /** Host names and their addresses. It may grow. */
  readonly hosts?: Hosts | undefined;
  /** Who is asked for other names; else there are none. */
  readonly lookup?: Resolve | undefined;
  /** Who is told that calls wait. */
  readonly waiting?: Waiting | undefined;
}

/** How many may wait to be accepted, if nobody says: as many as with the kernel's carrier. */
const BACKLOG = 511;

/**
 * Of IPv4 alone: `localhost` is 127.0.0.1, other families are not spoken (EAFNOSUPPORT).
 *
 * @example
 * const host = new Host({ clock, random: new Random(7) });
 * const network = stackNetwork(host, { hosts: new Map([["server", "127.0.0.1"]]) });
 * const listener = await network.listen({ host: "server", port: 80 });
 * const client = await network.connect({ host: "server", port: 80 });
 * const server = await listener.accept();
 * client.write(utf8("hello"));
 * await server?.read(); // Uint8Array [104, 101, 108, 108, 111]
 */
export function stackNetwork(host: Host, options: StackOptions = {}): Network {
  const { hosts = new Map(), lookup, waiting = UNCOUNTED } = options;
  return new StackNetwork(host, hostsResolver(hosts, lookup), waiting);
}

class StackNetwork implements Network {
  readonly resolve: Resolve;
  readonly #host: Host;
  readonly #waiting: Waiting;

  constructor(host: Host, resolve: Resolve, waiting: Waiting) {
    this.#host = host;
    this.resolve = resolve;
    this.#waiting = waiting;
  }

  async listen(at: Address, { backlog = BACKLOG }: ListenOptions = {}): Promise<Listener> {
    const what = `Cannot listen on ${printAddress(at)}`;
    const { address, port } = await this.#own(at, what);
    const listening = this.#host.tcp.listen({ address, port });
    if (typeof listening === "string") throw errorOf(listening, what);
    return new StackListener(listening, backlog, this.#waiting);
  }

  async datagrams(at: InternetAddress): Promise<Datagrams> {
    const what = `Cannot receive at ${printAddress(at)}`;
    const port = this.#host.udp.open(await this.#own(at, what));
    if (typeof port === "string") throw errorOf(port, what);
    return new StackDatagrams(port, this.resolve, this.#waiting);
  }

  /** An address of this machine's own. */
  async #own(at: Address, what: string): Promise<{ address: number; port: number }> {
    if ("path" in at) throw errorOf("EAFNOSUPPORT", what);
    checkPort(at.port, what);
    const [address] = await ipv4Of(this.resolve, at.host, what);
    return { address: address!, port: at.port };
  }

  /** A name's addresses are tried one after the other. */
  async connect(to: Address, { from, signal }: ConnectOptions = {}): Promise<Socket> {
    const what = `Cannot connect to ${printAddress(to)}`;
    if ("path" in to) throw errorOf("EAFNOSUPPORT", what);
    checkPort(to.port, what);
    const source = from && (await this.#own(from, what));
    let failure: unknown = errorOf("ENOTFOUND", what);
    for (const address of await ipv4Of(this.resolve, to.host, what)) {
      if (signal?.aborted) break;
      try {
        return await this.#connectTo({ address, port: to.port, ...(source && { from: source }) }, what, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw signal?.aborted ? errorOf("ECONNABORTED", what) : failure;
  }

  async #connectTo(
    wishes: Parameters<Host["tcp"]["connect"]>[0],
    what: string,
    signal: AbortSignal | undefined,
  ): Promise<Socket> {
    const stream = this.#host.tcp.connect(wishes);
    if (typeof stream === "string") throw errorOf(stream, what);
    await established(stream, what, signal, this.#waiting);
    return new StackSocket(stream, this.#waiting);
  }
}

/** Resolves when the other side has agreed. */
async function established(
  stream: TcpStream,
  what: string,
  signal: AbortSignal | undefined,
  waiting: Waiting,
): Promise<void> {
  const answer = new Answer<void>(waiting);
  let isAnswered = false;
  const look = (): void => {
    if (isAnswered || !(stream.isConnected || stream.state === "CLOSED")) return;
    isAnswered = true;
    if (stream.state !== "CLOSED") answer.resolve();
    else answer.reject(errorOf(signal?.aborted ? "ECONNABORTED" : (stream.error ?? "ECONNABORTED"), what));
  };
  const giveUp = (): void => stream.reset();
  stream.onChange = look;
  signal?.addEventListener("abort", giveUp, { once: true });
  look();
  try {
    await answer.promise;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** As Node has it: that is the caller's mistake, and nothing that a network could say. */
function checkPort(port: number, what: string): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`${what}: "${port}" is not a port, which is a number from 0 to 65535`);
}
