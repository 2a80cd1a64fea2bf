/** UDP of a stack of our own, behind the contract. */

import type { UdpPort } from "../host/udp-port.ts";
import { printIpv4 } from "../wire/ipv4-number.ts";
import { errorOf } from "./errors.ts";
import { type Datagram, type Datagrams, type InternetAddress, printAddress } from "./socket.ts";
import { ipv4Of, type Resolve } from "./stack-resolve.ts";
import { Answer, type Waiting } from "./waiting.ts";

/** @internal */
export class StackDatagrams implements Datagrams {
  readonly address: InternetAddress;
  readonly #port: UdpPort;
  readonly #resolve: Resolve;
  readonly #waiting: Waiting;
  #receiver: Answer<Datagram | undefined> | undefined;
  #isClosed = false;

  constructor(port: UdpPort, resolve: Resolve, waiting: Waiting) {
    this.address = { host: printIpv4(port.address), port: port.port };
    this.#port = port;
    this.#resolve = resolve;
    this.#waiting = waiting;
    port.onChange = () => this.#changed();
  }

  receive(): Promise<Datagram | undefined> {
    if (this.#receiver !== undefined) return Promise.reject(new TypeError("Cannot receive: somebody receives already"));
    const datagram = this.#next();
    if (datagram !== undefined || this.#isClosed) return Promise.resolve(datagram);
    this.#receiver = new Answer(this.#waiting);
    return this.#receiver.promise;
  }

  #next(): Datagram | undefined {
    const arrival = this.#port.receive();
    return arrival && { bytes: arrival.bytes, from: { host: printIpv4(arrival.address), port: arrival.port } };
  }

  /** Of a failure that somebody tells of later, one who sends to many is not told: it was not this datagram's. */
  #changed(): void {
    const datagram = this.#receiver && this.#next();
    if (datagram === undefined) return;
    this.#receiver?.resolve(datagram);
    this.#receiver = undefined;
  }

  async send(bytes: Uint8Array, to: InternetAddress): Promise<void> {
    const what = `Cannot send to ${printAddress(to)}`;
    const copy = bytes.slice();
    const [address] = await ipv4Of(this.#resolve, to.host, what);
    if (this.#isClosed) throw errorOf("EBADF", what);
    const error = this.#port.send(copy, address!, to.port);
    if (error !== undefined) throw errorOf(error, what);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.close();
    this.#receiver?.resolve(undefined);
    this.#receiver = undefined;
  }
}
