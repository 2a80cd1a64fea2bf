/** What all rooms of the shared store stand on: its connections, whether they may be used, and what an entry is made of. */

import type { Clock } from "../base/clock.ts";
import type { Said } from "../cache/said.ts";
import type { Stored } from "../cache/store.ts";
import { Breaker } from "./shared-breaker.ts";
import { type Asker, type Reply, SharedClient, type Word } from "./shared-client.ts";
import { type Fetch, SharedContent } from "./shared-content.ts";
import { decodeEntry, type Entry } from "./shared-entry.ts";
import { SharedNames } from "./shared-names.ts";
import { DISCARD, FIND, type Script } from "./shared-scripts.ts";
import type { Whereabouts } from "./shared-url.ts";

export interface LinkOptions {
  readonly where: Whereabouts;
  readonly prefix: string;
  /** How long a lookup may take, and anything else, in milliseconds. */
  readonly findWithin: number;
  readonly within: number;
  readonly maxAge: number;
  readonly grace: number;
  readonly complain: (message: string) => void;
  readonly clock: Clock;
  /** Each time that it can be used again. */
  readonly connected: () => void;
  /** Each time that there is no connection, or still none. */
  readonly lost: () => void;
}

/**
 * One connection for what is short and awaited, and one for contents and whatever takes its time, so that nobody who looks
 * something up stands behind a megabyte.
 *
 * @internal
 */
export class SharedLink {
  readonly names: SharedNames;
  readonly breaker: Breaker;
  /** Eight letters that no other maitred has: the author of what we write and say. */
  readonly self = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("base64url");
  /** How long things stay, in milliseconds: what nobody touches, and what has been replaced or removed. */
  readonly maxAge: number;
  readonly grace: number;
  readonly #bulk: SharedClient;
  readonly #quick: SharedClient;
  readonly #options: LinkOptions;
  #marks = 0;

  constructor(options: LinkOptions) {
    const { where, prefix, complain, clock } = options;
    this.#options = options;
    this.maxAge = options.maxAge;
    this.grace = options.grace;
    this.names = new SharedNames(prefix);
    this.breaker = new Breaker({ name: where.name, complain, clock });
    const life = {
      connected: () => this.#connected(),
      lost: (why: string) => {
        this.breaker.down(why);
        options.lost();
      },
    };
    this.#quick = new SharedClient(where, life);
    this.#bulk = new SharedClient(where, life);
  }

  /** Another one each time, the later the greater; no other maitred has it. */
  mark(): string {
    this.#marks = (this.#marks + 1) % 36 ** 5;
    return (
      Math.floor(this.#options.clock.date()).toString(16).padStart(11, "0").slice(-11) +
      this.self +
      this.#marks.toString(36).padStart(5, "0")
    );
  }

  /** The keys that a script about this cache key has. */
  keysOf(key: string): string[] {
    const space = key.indexOf(" ");
    return space < 0
      ? [this.names.variants(key)]
      : [this.names.variants(key), this.names.siblings(key.slice(0, space))];
  }

  /** All variants of a key; undefined where they cannot be had in time. What is damaged is thrown away. */
  async entriesOf(key: string, pace: "quickly" | "slowly"): Promise<Entry[] | undefined> {
    const { findWithin, within } = this.#options;
    const client = pace === "quickly" ? this.#quick : this.#bulk;
    const reply = await this.breaker.ask(pace === "quickly" ? findWithin : within, () =>
      client.run(FIND, this.keysOf(key), key, this.grace),
    );
    if (!Array.isArray(reply)) return undefined;
    const entries: Entry[] = [];
    for (let i = 1; i < reply.length; i += 2) {
      const value = reply[i] as Uint8Array;
      const entry = decodeEntry(value, key);
      if (entry !== undefined) entries.push(entry);
      else void this.strike(DISCARD, key, reply[i - 1] as Uint8Array, value);
    }
    return entries;
  }

  /** Whether a script that changes something about a key has come to do so. */
  write(script: Script, key: string, ...words: Word[]): Promise<boolean> {
    return this.writeTo(this.keysOf(key), script, ...words);
  }

  async writeTo(names: readonly string[], script: Script, ...words: Word[]): Promise<boolean> {
    return (await this.breaker.write(this.#options.within, () => this.#quick.run(script, names, ...words))) === 1;
  }

  /** A script that only takes away, which is possible where nothing can be written; undefined where it fails. */
  strike(script: Script, key: string, ...words: Word[]): Promise<Reply | undefined> {
    return this.breaker.ask(this.#options.within, () => this.#quick.run(script, this.keysOf(key), ...words));
  }

  /** Stores something large; undefined where that fails. */
  put(work: (bulk: SharedClient) => Promise<Reply>): Promise<Reply | undefined> {
    return this.breaker.write(this.#options.within, () => work(this.#bulk));
  }

  /** Anything else that may take its time; undefined where it fails. */
  slowly(work: (bulk: SharedClient) => Promise<Reply>): Promise<Reply | undefined> {
    return this.breaker.ask(this.#options.within, () => work(this.#bulk));
  }

  storedOf(entry: Entry): Stored {
    return { ...entry.said, content: new SharedContent(entry, this.#fetch(entry.said)) };
  }

  /** Whoever has what is asked for. */
  get ask(): Asker {
    return this.#bulk.ask;
  }

  /** Those who have all there is, each a part of it. */
  servers(): Asker[] {
    return this.#bulk.servers();
  }

  close(): void {
    this.breaker.close();
    this.#quick.close();
    this.#bulk.close();
  }

  #fetch({ key }: Said): Fetch {
    return async (id, from, to) => {
      const bytes = await this.slowly((bulk) => bulk.ask("getrange", this.names.content(key, id), from, to));
      return bytes instanceof Uint8Array ? bytes : undefined;
    };
  }

  #connected(): void {
    if (!this.#quick.isReady || !this.#bulk.isReady) return;
    this.breaker.up();
    this.#options.connected();
  }
}
