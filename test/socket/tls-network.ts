/** A network whose sockets speak TLS at both ends, for what every socket must keep. */

import * as tls from "node:tls";
import type { Listener, Network, Socket } from "../../src/socket/socket.ts";
import { tlsClient } from "../../src/socket/tls.ts";
import { TlsSocket } from "../../src/socket/tls-socket.ts";
import { ca, identity } from "./certificates/read.ts";

const secure = tlsClient({ ca: [ca] });
const secureContext = tls.createSecureContext(identity("localhost"));

export function tlsNetwork(beneath: Network): Network {
  return {
    ...beneath,
    connect: async (to, options) => secure(await beneath.connect(to, options), { name: "localhost" }),
    listen: async (at, options) => new TlsListener(await beneath.listen(at, options)),
  };
}

/** Agrees with everybody at once, since whoever connects waits for it. */
class TlsListener implements Listener {
  readonly #beneath: Listener;
  readonly #arrivals: Promise<TlsSocket | undefined>[] = [];

  constructor(beneath: Listener) {
    this.#beneath = beneath;
    this.#admit();
  }

  #admit(): void {
    const arrival = this.#beneath.accept().then((socket) => {
      if (socket === undefined) return undefined;
      this.#admit();
      return welcome(socket);
    });
    this.#arrivals.push(arrival);
  }

  get address() {
    return this.#beneath.address;
  }

  get addresses() {
    return this.#beneath.addresses;
  }

  async accept(): Promise<Socket | undefined> {
    const socket = await this.#arrivals[0];
    if (socket === undefined) return undefined;
    this.#arrivals.shift();
    await socket.opened;
    return socket;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Socket, void> {
    for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket;
  }

  close(): Promise<void> {
    return this.#beneath.close();
  }
}

/** The server's end. */
export function welcome(socket: Socket): TlsSocket {
  return new TlsSocket(socket, {
    opens: "secure",
    start: (carrier) => new tls.TLSSocket(carrier, { isServer: true, secureContext }),
    explain: (error) => error,
  });
}
