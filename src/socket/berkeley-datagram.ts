/** What is behind the descriptor of a datagram socket: fresh, bound, perhaps with a peer. */

import type { Family } from "./berkeley-family.ts";
import { Turns } from "./berkeley-turns.ts";
import { errorOf } from "./errors.ts";
import { type Address, type Datagrams, type InternetAddress, type Network, printAddress } from "./socket.ts";

/** @internal */
export class DatagramEndpoint {
  readonly #network: Network;
  readonly #family: Family<InternetAddress>;
  readonly #turns = new Turns();
  /** Opened by `bind`, or by whatever first needs it. */
  #datagrams: Promise<Datagrams> | undefined;
  #local: InternetAddress | undefined;
  #peer: InternetAddress | undefined;
  #isShutForReading = false;
  #isShutForWriting = false;

  constructor(network: Network, family: Family<InternetAddress>) {
    this.#network = network;
    this.#family = family;
  }

  get local(): Address {
    return this.#local ?? this.#family.any;
  }

  get remote(): Address {
    return this.#connected("Cannot name the peer");
  }

  async bind(address: Address): Promise<void> {
    if (this.#datagrams !== undefined) throw errorOf("EINVAL", "Cannot bind a socket twice");
    await this.#open(this.#family.fit(address, "Cannot bind a socket to"));
  }

  /** What cannot be opened, may be tried again. */
  async #open(at: InternetAddress): Promise<Datagrams> {
    this.#datagrams ??= this.#network.datagrams(at);
    try {
      const datagrams = await this.#datagrams;
      this.#local = datagrams.address;
      return datagrams;
    } catch (error) {
      this.#datagrams = undefined;
      throw error;
    }
  }

  /** No packet goes out; from now on only the peer's datagrams are received. */
  async connect(address: Address): Promise<void> {
    const to = this.#family.fit(address, "Cannot connect to");
    // Only a number can be compared with where datagrams come from.
    if (!/^[\d.]+$|:/.test(to.host)) throw errorOf("EINVAL", `Cannot connect to ${printAddress(to)}`);
    await this.#open(this.#family.any);
    this.#peer = to;
  }

  async send(bytes: Uint8Array): Promise<number> {
    if (this.#peer === undefined) throw errorOf("EDESTADDRREQ", `Cannot send ${bytes.length} bytes`);
    return this.#sendTo(bytes, this.#peer);
  }

  async sendTo(bytes: Uint8Array, to: Address): Promise<number> {
    const address = this.#family.fit(to, "Cannot send to");
    if (this.#peer !== undefined) throw errorOf("EISCONN", `Cannot send to ${printAddress(address)}`);
    return this.#sendTo(bytes, address);
  }

  async #sendTo(bytes: Uint8Array, to: InternetAddress): Promise<number> {
    if (this.#isShutForWriting) throw errorOf("EPIPE", `Cannot send to ${printAddress(to)}`);
    const datagrams = await this.#open(this.#family.any);
    await datagrams.send(bytes.slice(), to);
    return bytes.length;
  }

  receive(length: number): Promise<{ bytes: Uint8Array; from: Address }> {
    return this.#turns.take(async () => {
      if (!Number.isInteger(length) || length < 0) throw errorOf("EINVAL", `Cannot receive "${length}" bytes`);
      const datagrams = await this.#open(this.#family.any);
      for (;;) {
        if (this.#isShutForReading) return { bytes: new Uint8Array(0), from: this.remote };
        const datagram = await datagrams.receive();
        if (datagram === undefined) throw errorOf("EBADF", "Cannot receive any more");
        const { bytes, from } = datagram;
        if (this.#peer === undefined || printAddress(from) === printAddress(this.#peer)) {
          return { bytes: bytes.subarray(0, length), from };
        }
      }
    });
  }

  shutDown(reading: boolean, writing: boolean): void {
    this.#connected("Cannot shut down");
    if (reading) this.#isShutForReading = true;
    if (writing) this.#isShutForWriting = true;
  }

  async close(): Promise<void> {
    // What could not be opened needs no closing.
    await (await this.#datagrams?.catch(() => undefined))?.close();
  }

  #connected(what: string): InternetAddress {
    if (this.#peer === undefined) throw errorOf("ENOTCONN", what);
    return this.#peer;
  }
}
