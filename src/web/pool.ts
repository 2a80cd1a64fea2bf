/** Connections to servers, kept between requests (RFC 9112 §9.3): so many for each origin, the others wait in a line. */

import { isIdempotent } from "../http/methods.ts";
import type { Asker, Incoming, Outgoing } from "./asking.ts";
import type { ClientSettings } from "./client-options.ts";
import type { Dial } from "./dial.ts";
import type { Origin } from "./origin.ts";
import { ServerConnection, type Stable } from "./server-connection.ts";
import { Sweep, type Waiting } from "./sweep.ts";
import { UpstreamError } from "./upstream-error.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** All connections to one origin. */
interface Stall {
  readonly origin: Origin;
  /** The last one put to rest is the first to be asked: it is the least likely to have died. */
  readonly idle: ServerConnection[];
  /** How many there are, idle ones and those being made among them. */
  open: number;
  /** Who waits, in the order in which they came. */
  readonly line: Set<Visitor>;
}

/** Who waits for a connection. */
interface Visitor extends Waiting {
  deadline: number;
  serve(connection: ServerConnection): void;
  /** There is room for one more connection: that is for the visitor to make. */
  makeOne(): void;
  refuse(error: unknown): void;
}

/**
 * The stable of a client.
 *
 * @internal
 */
export class Pool implements Stable {
  readonly #dial: Dial;
  readonly #settings: ClientSettings;
  readonly #sweep: Sweep;
  readonly #stalls = new Map<string, Stall>();
  /** How many are idle, wherever. */
  #idle = 0;
  readonly #open = new Set<ServerConnection>();
  #isClosed = false;

  constructor(dial: Dial, settings: ClientSettings) {
    this.#dial = dial;
    this.#settings = settings;
    this.#sweep = new Sweep(settings.clock);
  }

  /** How many connections are open, to whomever. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * A connection to ask: at once where an idle one is there that was in use within the last `maxRest` milliseconds.
   * Fails with an UpstreamError, or with the signal's reason. `asker.signal` is looked at only where one must wait.
   */
  take(
    origin: Origin,
    asker: { readonly signal: AbortSignal },
    maxRest = NEVER,
  ): ServerConnection | Promise<ServerConnection> {
    const stall = this.#stall(origin);
    const connection = stall.idle.at(-1);
    if (connection !== undefined && this.#sweep.now - connection.restedAt <= maxRest) {
      stall.idle.pop();
      this.#idle -= 1;
      return connection;
    }
    if (this.#isClosed) return Promise.reject(closed());
    if (stall.open < this.#settings.connections) return this.#make(stall, asker.signal);
    if (connection === undefined) return this.#wait(stall, asker.signal);
    // One that is too old for this request makes room for a new one; if it was the last one, its stall has gone with it.
    stall.idle[0]!.dismiss();
    return this.#make(this.#stall(origin), asker.signal);
  }

  /** One that nobody has used before; where there are as many as there may be, the next that comes free. */
  takeNew(origin: Origin, asker: { readonly signal: AbortSignal }): Promise<ServerConnection> {
    return this.take(origin, asker, Number.NEGATIVE_INFINITY) as Promise<ServerConnection>;
  }

  #stall(origin: Origin): Stall {
    let stall = this.#stalls.get(origin.key);
    if (stall === undefined) {
      stall = { origin, idle: [], open: 0, line: new Set() };
      this.#stalls.set(origin.key, stall);
    }
    return stall;
  }

  async #make(stall: Stall, signal: AbortSignal): Promise<ServerConnection> {
    stall.open += 1;
    try {
      const socket = await this.#dial(stall.origin, signal);
      if (this.#isClosed || signal.aborted) {
        socket.close();
        throw signal.aborted ? signal.reason : closed();
      }
      const connection = new ServerConnection(socket, stall.origin, this.#settings, this.#sweep, this);
      this.#open.add(connection);
      return connection;
    } catch (error) {
      this.#vacate(stall);
      throw error;
    }
  }

  #wait(stall: Stall, signal: AbortSignal): Promise<ServerConnection> {
    const { connections, waiting, waitTimeout } = this.#settings;
    const full = (why: string) =>
      new UpstreamError(
        "connection_limit_reached",
        `Cannot reach ${stall.origin.key}: ${connections} connections are in use, and ${why}`,
      );
    if (stall.line.size >= waiting) return Promise.reject(full(`${waiting} requests wait already`));
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stall.line.delete(visitor);
        this.#sweep.leave(visitor);
        signal.removeEventListener("abort", gaveUp);
      };
      const gaveUp = (): void => visitor.refuse(signal.reason);
      const visitor: Visitor = {
        deadline: NEVER,
        expire: () => visitor.refuse(full("none came free in time")),
        serve(connection) {
          leave();
          resolve(connection);
        },
        makeOne: () => {
          leave();
          this.#make(stall, signal).then(resolve, reject);
        },
        refuse(error) {
          leave();
          reject(error);
        },
      };
      this.#sweep.enter(visitor);
      // Not before: while nobody was there, nobody looked at the clock.
      visitor.deadline = this.#sweep.deadlineIn(waitTimeout);
      stall.line.add(visitor);
      signal.addEventListener("abort", gaveUp, { once: true });
    });
  }

  rest(connection: ServerConnection): void {
    const stall = this.#stall(connection.origin);
    const [first] = stall.line;
    if (first !== undefined) first.serve(connection);
    else if (this.#isClosed || stall.idle.length >= this.#settings.idle) connection.dismiss();
    else this.#keep(connection, stall);
  }

  #keep(connection: ServerConnection, stall: Stall): void {
    stall.idle.push(connection);
    this.#idle += 1;
    if (this.#idle > this.#settings.idleInAll) this.#oldest().dismiss();
  }

  /** The one unused for longest; in each stall that is the first. */
  #oldest(): ServerConnection {
    let oldest: ServerConnection | undefined;
    for (const { idle } of this.#stalls.values()) {
      const [first] = idle;
      if (first !== undefined && (oldest === undefined || first.restedAt < oldest.restedAt)) oldest = first;
    }
    return oldest!;
  }

  forget(connection: ServerConnection): void {
    if (!this.#open.delete(connection)) return;
    const stall = this.#stall(connection.origin);
    const place = stall.idle.indexOf(connection);
    if (place >= 0) {
      stall.idle.splice(place, 1);
      this.#idle -= 1;
    }
    this.#vacate(stall);
  }

  /**
   * "When an inbound connection is closed prematurely, a client MAY open a new connection and automatically retransmit
   * an aborted sequence of requests if all of those requests have idempotent methods" – RFC 9112 §9.3.1.
   */
  askAgain(origin: Origin, outgoing: Outgoing, asker: Asker): Promise<Incoming> | undefined {
    if (!isIdempotent(outgoing.method)) return undefined;
    if (outgoing.body === undefined || outgoing.body instanceof Uint8Array)
      return this.#askAnew(origin, outgoing, asker);
    const body = outgoing.again?.();
    return body && this.#askAnew(origin, { ...outgoing, body }, asker);
  }

  async #askAnew(origin: Origin, outgoing: Outgoing, asker: Asker): Promise<Incoming> {
    return (await this.takeNew(origin, asker)).ask(outgoing, asker, true);
  }

  /** One connection fewer: whoever waits longest may make another. */
  #vacate(stall: Stall): void {
    stall.open -= 1;
    const [first] = stall.line;
    if (first !== undefined) first.makeOne();
    else if (stall.open === 0) this.#stalls.delete(stall.origin.key);
  }

  /** Idle connections are closed now, the others after the answer they are at. */
  close(): void {
    this.#isClosed = true;
    for (const { line } of this.#stalls.values()) for (const visitor of line) visitor.refuse(closed());
    for (const connection of this.#open) connection.dismiss();
  }
}

const closed = () => new UpstreamError("proxy_internal_error", "Cannot ask any more: the house closes");
