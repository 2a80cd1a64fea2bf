/** What is behind the descriptor of a stream socket: fresh, bound, listening or connected. */

import type { Family } from "./berkeley-family.ts";
import { Turns } from "./berkeley-turns.ts";
import { errorOf } from "./errors.ts";
import { type Address, type Listener, type Network, printAddress, type Socket } from "./socket.ts";

/** @internal */
export class StreamEndpoint {
  readonly #network: Network;
  readonly #family: Family;
  /** The addresses of those who are bound and do not listen: the network does not know of them. */
  readonly #bound: Set<string>;
  readonly #turns = new Turns();
  #address: Address | undefined;
  #listener: Listener | undefined;
  #socket: Socket | undefined;
  /** What has come, but was more than was asked for. */
  #rest: Uint8Array = NOTHING;
  #isShutForReading = false;
  #isClosed = false;

  constructor(network: Network, family: Family, bound: Set<string>, socket?: Socket) {
    this.#network = network;
    this.#family = family;
    this.#bound = bound;
    this.#socket = socket;
  }

  get local(): Address {
    return this.#socket?.local ?? this.#address ?? this.#family.any;
  }

  get remote(): Address {
    return this.#connected("Cannot name the peer").remote;
  }

  /**
   * Our networks can only bind and listen in one. So this listens for a moment, which shows whether one may, and on which
   * port; in between, the address is held against those of the same descriptors, not against other processes.
   */
  async bind(address: Address): Promise<void> {
    const what = "Cannot bind a socket to";
    if (this.#address !== undefined || this.#socket !== undefined)
      throw errorOf("EINVAL", "Cannot bind a socket twice");
    const wanted = this.#family.fit(address, what);
    if (this.#bound.has(printAddress(wanted))) throw errorOf("EADDRINUSE", `${what} ${printAddress(wanted)}`);
    let settled: Address;
    do {
      const listener = await this.#network.listen(wanted);
      await listener.close();
      settled = listener.address;
      // The system may choose a port that one of us holds already.
    } while (this.#bound.has(printAddress(settled)));
    this.#address = settled;
    this.#bound.add(printAddress(settled));
  }

  async listen(backlog: number | undefined): Promise<void> {
    if (this.#socket !== undefined) throw errorOf("EINVAL", "Cannot listen with a connected socket");
    if (this.#listener !== undefined) return;
    const address = this.#address ?? this.#family.any;
    // A path is nothing that a system could choose.
    if ("path" in address && address.path === "") throw errorOf("EDESTADDRREQ", "Cannot listen");
    this.#listener = await this.#network.listen(address, backlog === undefined ? {} : { backlog });
    this.#bound.delete(printAddress(address));
    this.#address = this.#listener.address;
  }

  async accept(): Promise<StreamEndpoint> {
    const listener = this.#listener;
    if (listener === undefined) throw errorOf("EINVAL", "Cannot accept with a socket that does not listen");
    const socket = await this.#turns.take(() => listener.accept());
    if (socket === undefined) throw errorOf("EBADF", "Cannot accept any more");
    return new StreamEndpoint(this.#network, this.#family, this.#bound, socket);
  }

  async connect(address: Address): Promise<void> {
    const to = this.#family.fit(address, "Cannot connect to");
    const what = `Cannot connect to ${printAddress(to)}`;
    if (this.#listener !== undefined) throw errorOf("EOPNOTSUPP", what);
    if (this.#socket !== undefined) throw errorOf("EISCONN", what);
    const from = this.#address;
    const socket = await this.#network.connect(to, from === undefined || "path" in from ? {} : { from });
    if (this.#isClosed || this.#socket !== undefined) {
      socket.reset();
      throw errorOf(this.#isClosed ? "EBADF" : "EISCONN", what);
    }
    this.#socket = socket;
  }

  /** In C the bytes are the caller's again when `send` returns, so here they are copied. */
  async send(bytes: Uint8Array): Promise<number> {
    const socket = this.#connected("Cannot send");
    await this.#whileOpen(async () => socket.write(bytes.slice()));
    return bytes.length;
  }

  async sendTo(bytes: Uint8Array, to: Address): Promise<number> {
    this.#connected(`Cannot send ${bytes.length} bytes to ${printAddress(to)}`);
    throw errorOf("EISCONN", `Cannot send ${bytes.length} bytes to ${printAddress(to)}`);
  }

  /** One after the other gets what has come. */
  receive(length: number): Promise<{ bytes: Uint8Array; from: Address }> {
    return this.#turns.take(async () => {
      const socket = this.#connected("Cannot receive");
      if (!Number.isInteger(length) || length < 0) throw errorOf("EINVAL", `Cannot receive "${length}" bytes`);
      if (length > 0 && this.#rest.length === 0 && !this.#isShutForReading) {
        this.#rest = (await this.#whileOpen(() => socket.read())) ?? NOTHING;
      }
      const bytes = this.#isShutForReading ? NOTHING : this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(bytes.length);
      return { bytes, from: socket.remote };
    });
  }

  /** As in C, this does not wait until what was sent has gone. */
  shutDown(reading: boolean, writing: boolean): void {
    const socket = this.#connected("Cannot shut down");
    if (reading) this.#isShutForReading = true;
    if (writing) socket.end().catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#address !== undefined) this.#bound.delete(printAddress(this.#address));
    this.#socket?.close();
    await this.#listener?.close();
  }

  reset(): void {
    this.#socket?.reset();
  }

  #connected(what: string): Socket {
    if (this.#socket === undefined) throw errorOf("ENOTCONN", what);
    return this.#socket;
  }

  /** Whoever waits for a descriptor that is closed meanwhile, waits for nothing. */
  async #whileOpen<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#isClosed ? errorOf("EBADF", "Cannot wait any longer") : error;
    }
  }
}

const NOTHING = new Uint8Array(0);
