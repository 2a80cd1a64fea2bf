/** Speaks with a Redis or Valkey server, or a cluster of them, through ioredis: words out, a reply or a failure back. */

import { Cluster, Redis } from "ioredis";
import { SharedConnector } from "./shared-connector.ts";
import type { Script } from "./shared-scripts.ts";
import type { Whereabouts } from "./shared-url.ts";

export type Word = string | number | Uint8Array;

/** Texts come as bytes, nothing as null. */
export type Reply = Uint8Array | number | null | undefined | readonly Reply[];

/** One that can be asked: the server, or any of a cluster's. */
export type Asker = (command: string, ...words: Word[]) => Promise<Reply>;

export interface Lifecycle {
  /** It can be asked from now on. */
  connected(): void;
  /** It cannot, for this reason; said for each attempt that fails. */
  lost(why: string): void;
}

/** Milliseconds. */
const CONNECT_WITHIN = 2000;

/** A connection is dead on which an answer is due, and nothing has come for so long: its other end went without a word. */
const SILENCE = 5000;

/** From one attempt to connect to the next, in milliseconds: quickly at first, and never rarely. */
const retryAfter = (attempts: number): number => Math.min(50 * 2 ** Math.min(attempts, 10), 2000);

/**
 * A connection that is there as often as it can be: it connects anew by itself, and what is asked meanwhile fails at once.
 *
 * @internal
 */
export class SharedClient {
  readonly ask: Asker;
  readonly #client: Redis | Cluster;
  /** What went wrong last, which is told when the connection is found closed. */
  #why = "the connection was closed";

  constructor(where: Whereabouts, { connected, lost }: Lifecycle) {
    this.#client = where.isCluster ? clusterAt(where) : new Redis({ ...optionsOf(where), retryStrategy: retryAfter });
    this.ask = askerOf(this.#client);
    this.#client.on("ready", connected);
    const remember = (error: Error): void => void (this.#why = reasonOf(error));
    this.#client.on("error", remember);
    this.#client.on("node error", remember);
    this.#client.on("close", () => lost(this.#why));
  }

  get isReady(): boolean {
    return this.#client.status === "ready";
  }

  async run({ sha, lua }: Script, keys: readonly string[], ...words: Word[]): Promise<Reply> {
    try {
      return await this.ask("evalsha", sha, keys.length, ...keys, ...words);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return await this.ask("eval", lua, keys.length, ...keys, ...words);
    }
  }

  /** Those who have all there is, each a part of it. */
  servers(): Asker[] {
    return this.#client instanceof Cluster ? this.#client.nodes("master").map(askerOf) : [this.ask];
  }

  close(): void {
    this.#client.disconnect();
  }
}

/**
 * Hears what is published on a channel, over a connection of its own to any one server; a cluster passes on what is published
 * to all of its own. When it breaks off, that is the end of it.
 *
 * @internal
 */
export function subscribe(
  where: Whereabouts,
  channel: string,
  { hear, ...life }: Lifecycle & { hear(message: string): void },
  attempt: number,
): { ping(): void; close(): void } {
  const node = where.nodes[attempt % where.nodes.length];
  const client = new Redis({ ...optionsOf(where), ...node, retryStrategy: () => null });
  let why = "the connection was closed";
  client.on("error", (error) => void (why = reasonOf(error)));
  client.on("end", () => life.lost(why));
  client.on("message", (_, message) => hear(message));
  client.on("ready", () => {
    client.subscribe(channel).then(life.connected, (error: Error) => {
      why = reasonOf(error);
      client.disconnect();
    });
  });
  return {
    ping: () => void client.ping().catch(() => {}),
    close: () => client.disconnect(),
  };
}

function clusterAt(where: Whereabouts): Cluster {
  return new Cluster([...where.nodes], {
    redisOptions: optionsOf(where),
    enableOfflineQueue: false,
    clusterRetryStrategy: retryAfter,
    // Who asks has gone before more than a few attempts.
    maxRedirections: 4,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
  });
}

/** For a server; those of a cluster are found one by one. */
function optionsOf({ nodes, path, username, password, db, isTls, isCluster }: Whereabouts) {
  const where = path === undefined ? (isCluster ? {} : nodes[0]) : { path };
  return {
    ...where,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
    db,
    Connector: SharedConnector,
    connectTimeout: CONNECT_WITHIN,
    socketTimeout: SILENCE,
    connectionName: "maitred",
    enableOfflineQueue: false,
    // What was asked when the connection broke fails, and is not asked again behind our back.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A server that has become the replica of another takes nothing: its name may lead to the other by now.
    reconnectOnError: (error: Error): boolean => error.message.startsWith("READONLY"),
  };
}

/** ioredis takes bytes for such only where they are a Buffer. */
const wordOf = (word: Word): string | number | Buffer =>
  word instanceof Uint8Array && !(word instanceof Buffer)
    ? Buffer.from(word.buffer, word.byteOffset, word.length)
    : word;

const askerOf =
  (client: Redis | Cluster): Asker =>
  (command, ...words) =>
    client.callBuffer(command, ...words.map(wordOf)) as Promise<Reply>;

/** One line. A cluster that cannot be reached says why of one of its servers only. */
function reasonOf(error: Error & { lastNodeError?: Error }): string {
  const { message } = error.lastNodeError ?? error;
  return (message || (error as NodeJS.ErrnoException).code || error.name).replace(/\s+/g, " ");
}
