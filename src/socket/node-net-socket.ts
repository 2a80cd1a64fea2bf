/** A socket of ours in the shape of `net.Socket`: a Duplex stream, with its events, its properties and its errors. */

import { Duplex, type DuplexOptions } from "node:stream";
import { concat } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { errorOf } from "./errors.ts";
import { nodeNetError } from "./node-net-error.ts";
import { IdleTimeout } from "./node-net-timeout.ts";
import { type ConnectWords, readConnectWords } from "./node-net-words.ts";
import type { Address, InternetAddress, Network, Socket } from "./socket.ts";

/** Where its packets go, and by what time it is late. */
export interface Ways {
  readonly network: Network;
  readonly clock: Clock;
}

export interface NodeSocketOptions
  extends Pick<DuplexOptions, "allowHalfOpen" | "signal" | "readableHighWaterMark" | "writableHighWaterMark"> {
  /** One that is connected already. */
  readonly socket?: Socket;
  /** … and from which nothing is read before somebody asks for it. */
  readonly pauseOnConnect?: boolean;
}

type Done = (error?: Error | null) => void;

/**
 * @internal What cannot be chosen over a `Socket` is as it is there: Nagle's algorithm is off and dead peers are looked
 * for, whatever `setNoDelay` and `setKeepAlive` say; and whether it keeps the process alive is not asked.
 */
export class NodeSocket extends Duplex {
  connecting = false;
  timeout: number | undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #ways: Ways;
  readonly #idle: IdleTimeout;
  #socket: Socket | undefined;
  #connecting: AbortController | undefined;
  #isReading = false;

  constructor(
    ways: Ways,
    { allowHalfOpen = false, pauseOnConnect = false, socket, ...options }: NodeSocketOptions = {},
  ) {
    super({ ...options, allowHalfOpen, emitClose: false });
    this.#ways = ways;
    this.#idle = new IdleTimeout(ways.clock, () => void this.emit("timeout"));
    this.#socket = socket;
    // Whether somebody looks or not: the peer may leave.
    if (socket !== undefined && !pauseOnConnect) this.read(0);
  }

  // ── connecting ──

  connect(...words: ConnectWords): this {
    const { at, from, timeout, listener } = readConnectWords(words);
    if (listener !== undefined) this.once("connect", listener);
    if (timeout !== undefined) this.setTimeout(timeout);
    this.connecting = true;
    this.#connecting = new AbortController();
    void this.#connect(at, from, this.#connecting.signal);
    return this;
  }

  async #connect(to: Address, from: InternetAddress | undefined, signal: AbortSignal): Promise<void> {
    try {
      const socket = await this.#ways.network.connect(to, { signal, ...(from && { from }) });
      if (this.destroyed) {
        socket.reset();
        return;
      }
      this.#socket = socket;
      this.connecting = false;
      this.#idle.touch();
      this.emit("connect");
      this.emit("ready");
      if (!this.isPaused()) this.read(0);
    } catch (error) {
      this.connecting = false;
      if (!this.destroyed) this.destroy(nodeNetError(error, "connect", to));
    }
  }

  /** The socket, as soon as there is one; where it fails to connect, nobody asks any more. */
  #connected(then: (socket: Socket) => void, fail: Done): void {
    if (this.#socket !== undefined) then(this.#socket);
    else if (this.connecting) this.once("connect", () => then(this.#socket!));
    else fail(nodeNetError(errorOf("EPIPE", "Cannot write: it is not connected"), "write"));
  }

  // ── the stream ──

  override _read(): void {
    if (this.#isReading) return;
    if (this.#socket !== undefined) void this.#read(this.#socket);
    else if (this.connecting) this.once("connect", () => this._read());
  }

  async #read(socket: Socket): Promise<void> {
    this.#isReading = true;
    try {
      const bytes = await socket.read();
      this.#isReading = false;
      this.#idle.touch();
      this.bytesRead += bytes?.length ?? 0;
      this.push(bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      // An end is told even if nobody reads.
      if (bytes === undefined) this.read(0);
    } catch (error) {
      if (!this.destroyed) this.destroy(nodeNetError(error, "read"));
    }
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, done: Done): void {
    this.#connected((socket) => this.#write(socket, new Uint8Array(bytes), done), done);
  }

  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: Done): void {
    this.#connected((socket) => this.#write(socket, concat(chunks.map(({ chunk }) => chunk)), done), done);
  }

  /** They are a copy: when Node says that a buffer is written, its owner may use it again, but it has not gone yet. */
  #write(socket: Socket, bytes: Uint8Array, done: Done): void {
    this.bytesWritten += bytes.length;
    this.#idle.touch();
    const room = socket.write(bytes);
    if (room === undefined) {
      done();
      return;
    }
    room.then(
      () => {
        this.#idle.touch();
        done();
      },
      (error: unknown) => done(nodeNetError(error, "write")),
    );
  }

  override _final(done: Done): void {
    if (this.#socket === undefined && !this.connecting) {
      done();
      return;
    }
    this.#connected((socket) => {
      socket.end().then(
        () => done(),
        (error: unknown) => done(nodeNetError(error, "shutdown")),
      );
    }, done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connecting = false;
    this.#idle.set(0);
    this.#connecting?.abort();
    this.#socket?.close();
    done(error);
    // Behind the event of the error, and whatever that sets off.
    setImmediate(() => this.emit("close", error !== null));
  }

  /** When what is written has gone. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    if (this.#socket === undefined && !this.connecting) {
      const error = Object.assign(new Error("Socket is closed"), { code: "ERR_SOCKET_CLOSED" });
      return this.destroy(error);
    }
    this.#socket?.reset();
    return this.destroy();
  }

  // ── what it is like ──

  setTimeout(ms: number, listener?: () => void): this {
    this.timeout = ms;
    this.#idle.set(this.destroyed ? 0 : ms);
    if (listener === undefined) return this;
    return ms === 0 ? this.off("timeout", listener) : this.once("timeout", listener);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): { address: string; family: string; port: number } | Record<string, never> {
    const local = this.#socket?.local;
    if (local === undefined || "path" in local) return {};
    return { address: local.host, family: familyOf(local)!, port: local.port };
  }

  get localAddress(): string | undefined {
    return hostOf(this.#socket?.local);
  }

  get localPort(): number | undefined {
    return portOf(this.#socket?.local);
  }

  get localFamily(): string | undefined {
    return familyOf(this.#socket?.local);
  }

  get remoteAddress(): string | undefined {
    return hostOf(this.#socket?.remote);
  }

  get remotePort(): number | undefined {
    return portOf(this.#socket?.remote);
  }

  get remoteFamily(): string | undefined {
    return familyOf(this.#socket?.remote);
  }

  get pending(): boolean {
    return this.#socket === undefined;
  }

  get readyState(): "opening" | "open" | "readOnly" | "writeOnly" | "closed" {
    if (this.connecting) return "opening";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }
}

const hostOf = (address: Address | undefined): string | undefined =>
  address === undefined || "path" in address ? undefined : address.host;

const portOf = (address: Address | undefined): number | undefined =>
  address === undefined || "path" in address ? undefined : address.port;

const familyOf = (address: Address | undefined): string | undefined => {
  const host = hostOf(address);
  return host === undefined ? undefined : host.includes(":") ? "IPv6" : "IPv4";
};
