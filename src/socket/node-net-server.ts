/** A listening socket of ours in the shape of `net.Server`. */

import { EventEmitter } from "node:events";
import { nodeNetError } from "./node-net-error.ts";
import { NodeSocket, type Ways } from "./node-net-socket.ts";
import { type ListenWords, readListenWords } from "./node-net-words.ts";
import type { Address, Listener } from "./socket.ts";

export interface NodeServerOptions {
  readonly allowHalfOpen?: boolean;
  /** Nothing is read before somebody asks for it. */
  readonly pauseOnConnect?: boolean;
}

/** @internal */
export class NodeServer extends EventEmitter implements AsyncDisposable {
  listening = false;
  maxConnections: number | undefined;
  readonly #ways: Ways;
  readonly #options: NodeServerOptions;
  readonly #sockets = new Set<NodeSocket>();
  #listener: Listener | undefined;
  #isClosed = false;

  constructor(ways: Ways, options: NodeServerOptions, onConnection?: (socket: NodeSocket) => void) {
    super();
    this.#ways = ways;
    this.#options = options;
    if (onConnection !== undefined) this.on("connection", onConnection);
  }

  listen(...words: ListenWords): this {
    const { at, backlog, listener } = readListenWords(words);
    if (this.listening) {
      const message = "Listen method has been called more than once without closing.";
      throw Object.assign(new Error(message), { code: "ERR_SERVER_ALREADY_LISTEN" });
    }
    if (listener !== undefined) this.once("listening", listener);
    this.listening = true;
    this.#isClosed = false;
    void this.#listen(at, backlog);
    return this;
  }

  async #listen(at: Address, backlog: number | undefined): Promise<void> {
    try {
      const listener = await this.#ways.network.listen(at, backlog === undefined ? {} : { backlog });
      if (this.#isClosed) {
        await listener.close();
        return;
      }
      this.#listener = listener;
      this.emit("listening");
      for await (const socket of listener) this.#admit(new NodeSocket(this.#ways, { ...this.#options, socket }));
    } catch (error) {
      this.listening = false;
      this.emit("error", nodeNetError(error, "listen", at));
    }
  }

  #admit(socket: NodeSocket): void {
    if (this.maxConnections !== undefined && this.#sockets.size >= this.maxConnections) {
      socket.destroy();
      this.emit("drop", { remoteAddress: socket.remoteAddress, remotePort: socket.remotePort });
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#told();
    });
    this.emit("connection", socket);
  }

  /** Listens no more; "close" is told when the last connection has ended. */
  close(callback?: (error?: Error) => void): this {
    if (!this.listening) {
      const error = Object.assign(new Error("Server is not running."), { code: "ERR_SERVER_NOT_RUNNING" });
      if (callback !== undefined) process.nextTick(callback, error);
      return this;
    }
    if (callback !== undefined) this.once("close", callback);
    this.listening = false;
    this.#isClosed = true;
    void this.#listener?.close();
    this.#listener = undefined;
    this.#told();
    return this;
  }

  #told(): void {
    if (this.#isClosed && this.#sockets.size === 0) process.nextTick(() => this.emit("close"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.listening) await new Promise((resolve) => this.close(resolve));
  }

  /** Where it listens, as Node says it; null as long as it does not. */
  address(): { address: string; family: string; port: number } | string | null {
    const address = this.#listener?.address;
    if (address === undefined) return null;
    if ("path" in address) return address.path;
    return { address: address.host, family: address.host.includes(":") ? "IPv6" : "IPv4", port: address.port };
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.#sockets.size);
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
