/** Reaches a server: its name resolved, its addresses tried by RFC 8305, TLS where that is wanted. */

import { type Clock, realClock } from "../base/clock.ts";
import type { ProxyErrorType } from "../http/proxy-status.ts";
import {
  type Address,
  type InternetAddress,
  type Network,
  printAddress,
  type Secure,
  type Socket,
} from "../socket/socket.ts";
import { failureOf, mostTelling } from "./dial-errors.ts";
import type { Origin } from "./origin.ts";
import { race, takingTurns } from "./race.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Fails with an UpstreamError that says what was tried; where the signal gave it up, with the signal's reason. */
export type Dial = (origin: Origin, signal?: AbortSignal) => Promise<Socket>;

export interface DialOptions {
  readonly clock?: Clock;
  /** For all of it, name, addresses and TLS, in milliseconds. Default 10 s. */
  readonly timeout?: number;
  /** How TLS is spoken; without it an https origin is a `proxy_configuration_error`. */
  readonly secure?: Secure;
  /** Why this address, to which `host` resolved, may not be connected to; undefined where it may. */
  readonly judge?: (host: string, port: number, address: string) => string | undefined;
}

/**
 * Reaches servers through a network.
 *
 * @example
 * const listener = await kernel.listen({ host: "localhost", port: 0 });
 * const dial = dialer(kernel, { timeout: 5_000 });
 * const socket = await dial(originAt(listener.address));
 * socket.close();
 * await listener.close();
 */
export function dialer(network: Network, options: DialOptions = {}): Dial {
  const { clock = realClock, timeout = 10_000 } = options;
  return async (origin, signal) => {
    signal?.throwIfAborted();
    const call = new Call(network, origin, clock, options);
    const alarm = clock.after(timeout, () => call.giveUp(call.isLate()));
    const leave = (): void => call.giveUp(signal?.reason);
    signal?.addEventListener("abort", leave);
    try {
      return await call.connect();
    } finally {
      alarm.cancel();
      signal?.removeEventListener("abort", leave);
    }
  };
}

const LATE = "no answer came in time";

/** One server being reached. */
class Call {
  readonly #network: Network;
  readonly #origin: Origin;
  readonly #clock: Clock;
  readonly #options: DialOptions;
  readonly #givenUp = new AbortController();
  /** What has come of each address. */
  readonly #tried = new Map<string, string>();
  readonly #errors: unknown[] = [];
  #isResolving = false;

  constructor(network: Network, origin: Origin, clock: Clock, options: DialOptions) {
    this.#network = network;
    this.#origin = origin;
    this.#clock = clock;
    this.#options = options;
  }

  /** All that is under way ends, and `connect` fails with the reason. */
  giveUp(reason: unknown): void {
    this.#givenUp.abort(reason);
  }

  isLate(): UpstreamError {
    return this.#isResolving
      ? this.#error("dns_timeout", "its name was not resolved in time")
      : this.#error("connection_timeout", LATE);
  }

  async connect(): Promise<Socket> {
    const { address, secure } = this.#origin;
    if (secure && this.#options.secure === undefined) {
      throw this.#error("proxy_configuration_error", "TLS is not spoken here");
    }
    const { signal } = this.#givenUp;
    try {
      const socket = this.#kept(await ("path" in address ? this.#try(address, signal) : this.#reach(address)));
      return secure ? this.#kept(await this.#protect(socket)) : socket;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof UpstreamError ? error : this.#told(error);
    }
  }

  /** Whoever gave up in the very moment does not want it any more. */
  #kept(socket: Socket): Socket {
    if (!this.#givenUp.signal.aborted) return socket;
    socket.close();
    throw this.#givenUp.signal.reason;
  }

  async #reach({ host, port }: InternetAddress): Promise<Socket> {
    const addresses = this.#allowed(host, port, await this.#resolve(host));
    const connect = (address: string, signal: AbortSignal) => this.#try({ host: address, port }, signal);
    return race(takingTurns(addresses), { clock: this.#clock, signal: this.#givenUp.signal, connect });
  }

  async #resolve(host: string): Promise<readonly string[]> {
    const { signal } = this.#givenUp;
    this.#isResolving = true;
    const left = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    // Nobody can be asked to stop resolving: it goes on, but we do not wait.
    const addresses = await Promise.race([this.#network.resolve(host), left]);
    this.#isResolving = false;
    signal.throwIfAborted();
    return addresses;
  }

  #allowed(host: string, port: number, addresses: readonly string[]): readonly string[] {
    const { judge } = this.#options;
    if (judge === undefined) return addresses;
    const refusals = addresses.map((address) => judge(host, port, address));
    for (const [i, refusal] of refusals.entries()) {
      if (refusal !== undefined) this.#tried.set(printAddress({ host: addresses[i]!, port }), refusal);
    }
    const allowed = addresses.filter((_, i) => refusals[i] === undefined);
    if (allowed.length === 0) throw this.#error("destination_ip_prohibited", refusals[0]!);
    return allowed;
  }

  async #try(to: Address, signal: AbortSignal): Promise<Socket> {
    const where = printAddress(to);
    // So it is, until we hear otherwise.
    this.#tried.set(where, LATE);
    try {
      return await this.#network.connect(to, { signal });
    } catch (error) {
      // Then another one was first, or nobody is wanted any more.
      if (signal.aborted) this.#tried.delete(where);
      else this.#failed(where, error);
      throw error;
    }
  }

  async #protect(socket: Socket): Promise<Socket> {
    const { address } = this.#origin;
    const name = "path" in address ? "localhost" : address.host;
    const where = printAddress(socket.remote);
    try {
      return await this.#options.secure!(socket, { name, signal: this.#givenUp.signal });
    } catch (error) {
      this.#errors.length = 0;
      this.#failed(where, error);
      throw error;
    }
  }

  #failed(where: string, error: unknown): void {
    this.#tried.set(where, failureOf(error).reason);
    this.#errors.push(error);
  }

  /** The last error need not be the one that says most. */
  #told(last: unknown): UpstreamError {
    const cause = this.#errors.length > 0 ? mostTelling(this.#errors) : last;
    const { type, reason } = failureOf(cause);
    return this.#error(type, reason, cause);
  }

  #error(type: ProxyErrorType, reason: string, cause?: unknown): UpstreamError {
    const tried = [...this.#tried].map(([where, outcome]) => `${where}: ${outcome}`);
    return new UpstreamError(type, `Cannot reach ${this.#origin.authority}: ${reason}`, { tried, cause });
  }
}
