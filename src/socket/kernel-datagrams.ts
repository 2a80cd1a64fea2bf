/** UDP of the operating system. */

import * as dgram from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { errorOf, socketError } from "./errors.ts";
import { type Datagram, type Datagrams, type InternetAddress, printAddress } from "./socket.ts";

/** How many bytes may wait to be received: what Linux gives a socket by default (net.core.rmem_default). */
const WAITING = 212_992;

/** What each costs besides its bytes, so that empty ones cannot fill the memory. */
const OVERHEAD = 512;

/**
 * Opens a UDP socket. It has one family: a name means its first address, and `localhost` 127.0.0.1.
 *
 * @example
 * const datagrams = await kernelDatagrams({ host: "127.0.0.1", port: 0 });
 * await datagrams.send(Uint8Array.of(1), datagrams.address);
 * (await datagrams.receive())?.bytes.length; // 1
 * await datagrams.close();
 */
export async function kernelDatagrams(at: InternetAddress): Promise<Datagrams> {
  const what = `Cannot receive at ${printAddress(at)}`;
  const host = await addressFor(at.host, what);
  const socket = dgram.createSocket(isIP(host) === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.close();
      reject(socketError(error, what));
    };
    socket.once("error", fail);
    socket.bind({ address: host, port: at.port, exclusive: true }, () => {
      socket.off("error", fail);
      resolve();
    });
  });
  return new KernelDatagrams(socket);
}

async function addressFor(host: string, what: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  if (host === "localhost") return "127.0.0.1";
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw socketError(error, what);
  }
}

class KernelDatagrams implements Datagrams {
  readonly address: InternetAddress;
  readonly #socket: dgram.Socket;
  readonly #waiting: Datagram[] = [];
  #size = 0;
  #receiver: PromiseWithResolvers<Datagram | undefined> | undefined;
  #isClosed = false;

  constructor(socket: dgram.Socket) {
    const { address, port } = socket.address();
    this.address = { host: address, port };
    this.#socket = socket;
    socket.on("message", (bytes, { address, port }) => this.#arrived({ bytes, from: { host: address, port } }));
    // Datagrams may be lost, and that one was.
    socket.on("error", () => {});
  }

  #arrived(datagram: Datagram): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver !== undefined) receiver.resolve(datagram);
    else this.#keep(datagram);
  }

  #keep(datagram: Datagram): void {
    const size = datagram.bytes.length + OVERHEAD;
    // No room: it is lost, as it would be in the kernel.
    if (this.#size + size > WAITING) return;
    this.#waiting.push(datagram);
    this.#size += size;
  }

  receive(): Promise<Datagram | undefined> {
    if (this.#receiver !== undefined) return Promise.reject(new TypeError("Cannot receive: somebody receives already"));
    const datagram = this.#waiting.shift();
    if (datagram !== undefined) this.#size -= datagram.bytes.length + OVERHEAD;
    if (datagram !== undefined || this.#isClosed) return Promise.resolve(datagram);
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  async send(bytes: Uint8Array, to: InternetAddress): Promise<void> {
    const what = `Cannot send to ${printAddress(to)}`;
    if (this.#isClosed) throw errorOf("EBADF", what);
    const family = isIP(to.host);
    if (family !== 0 && family !== isIP(this.address.host)) throw errorOf("EAFNOSUPPORT", what);
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(bytes, to.port, to.host, (error) =>
        error === null ? resolve() : reject(socketError(error, what)),
      );
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#receiver?.resolve(undefined);
    this.#receiver = undefined;
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}
