/** A listening socket of a stack of our own, behind the contract. */

import type { TcpListening } from "../host/tcp-listening.ts";
import type { TcpStream } from "../host/tcp-stream.ts";
import { printIpv4 } from "../wire/ipv4-number.ts";
import type { InternetAddress, Listener, Socket } from "./socket.ts";
import { StackSocket } from "./stack-socket.ts";
import { Answer, type Waiting } from "./waiting.ts";

/**
 * As Node does it for the kernel's carrier, connections are taken from the stack as they come, and beyond the backlog
 * they are reset: whoever comes too many hears so at once, instead of knocking for minutes.
 *
 * @internal
 */
export class StackListener implements Listener {
  readonly address: InternetAddress;
  readonly #listening: TcpListening;
  readonly #backlog: number;
  readonly #waiting: Waiting;
  /** Who has not been accepted yet. */
  readonly #arrivals: TcpStream[] = [];
  #acceptor: Answer<Socket | undefined> | undefined;

  constructor(listening: TcpListening, backlog: number, waiting: Waiting) {
    this.address = { host: printIpv4(listening.address), port: listening.port };
    this.#listening = listening;
    this.#backlog = backlog;
    this.#waiting = waiting;
    listening.onChange = () => this.#changed();
  }

  get addresses(): readonly InternetAddress[] {
    return [this.address];
  }

  accept(): Promise<Socket | undefined> {
    if (this.#acceptor !== undefined) return Promise.reject(new TypeError("Cannot accept: somebody accepts already"));
    const stream = this.#arrivals.shift();
    if (stream !== undefined) return Promise.resolve(new StackSocket(stream, this.#waiting));
    if (this.#listening.isClosed) return Promise.resolve(undefined);
    this.#acceptor = new Answer(this.#waiting);
    return this.#acceptor.promise;
  }

  #changed(): void {
    const listening = this.#listening;
    for (let stream = listening.accept(); stream !== undefined; stream = listening.accept()) this.#arrived(stream);
  }

  #arrived(stream: TcpStream): void {
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    if (acceptor !== undefined) acceptor.resolve(new StackSocket(stream, this.#waiting));
    else if (this.#arrivals.length < this.#backlog) this.#arrivals.push(stream);
    else stream.reset();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Socket, void> {
    for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket;
  }

  /** Who has not been accepted by then is turned away. */
  async close(): Promise<void> {
    this.#listening.close();
    for (const stream of this.#arrivals.splice(0)) stream.reset();
    this.#acceptor?.resolve(undefined);
    this.#acceptor = undefined;
  }
}
