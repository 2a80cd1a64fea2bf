/** How ioredis comes to its sockets: so that no error of theirs ends the process, and who closes one does not wait. */

import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";

/** What ioredis gives us: its own options, of which these are about the socket. */
interface SocketOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly tls?: ConnectionOptions;
}

/**
 * ioredis listens to the first error of a socket alone. One with TLS may have a second, when the other end answers a handshake
 * that we have given up; that one would be nobody's. (A class of a class, for once: it is how the library is told.)
 *
 * @internal
 */
export class SharedConnector extends AbstractConnector {
  readonly #options: SocketOptions;

  constructor(options: unknown) {
    super(0);
    this.#options = options as SocketOptions;
  }

  override async connect(): Promise<Socket> {
    const { host, port, path, tls } = this.#options;
    const where = (path === undefined ? { host, port } : { path }) as NetConnectOpts;
    this.connecting = true;
    this.stream = tls === undefined ? connect(where) : connectTls({ ...(where as ConnectionOptions), ...tls });
    this.stream.on("error", () => {});
    return this.stream;
  }

  /** At once: what was asked has been answered, or is given up. */
  override disconnect(): void {
    this.connecting = false;
    this.stream?.destroy();
  }
}
