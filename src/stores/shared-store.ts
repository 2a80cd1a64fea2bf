/** Keeps responses in a Redis or Valkey server, or a cluster of them, which several maitreds share. */

import { type Clock, realClock } from "../base/clock.ts";
import type { Said } from "../cache/said.ts";
import type { Filling, Place, Purging, Selection, Soon, Store, Stored, StoreState } from "../cache/store.ts";
import { subscribe } from "./shared-client.ts";
import { SharedContent } from "./shared-content.ts";
import { sizeOf } from "./shared-entry.ts";
import { Room, SharedFilling } from "./shared-filling.ts";
import { fieldOf, freshen, keep } from "./shared-keeping.ts";
import { SharedLink } from "./shared-link.ts";
import { Newsroom, type OnPurge, printNews } from "./shared-news.ts";
import { Owed } from "./shared-owed.ts";
import { REMOVE } from "./shared-scripts.ts";
import { stateOf } from "./shared-state.ts";
import { SharedSweeper, Unreached } from "./shared-sweeper.ts";
import { parseSharedUrl } from "./shared-url.ts";

export interface SharedStoreOptions {
  /** Where it is: redis://…, rediss://…, redis+cluster://host:port,host:port, unix:///path (shared-url.ts). */
  readonly url: string;
  /** Hears when the store goes, and when it comes back, one line each. */
  readonly complain: (message: string) => void;
  /** What all its names begin with; those who have the same share what is stored. Without braces. Default "maitred:". */
  readonly prefix?: string;
  /** The largest content that is wanted. Default 8 MiB. */
  readonly maxObject?: number;
  /** How much may be on its way into the store at a time: it is collected in memory. Default 64 MiB. */
  readonly budget?: number;
  /** How long a lookup may take, in milliseconds. Default 100. */
  readonly findWithin?: number;
  /** How long each step of anything else may take, in milliseconds. Default 2 s. */
  readonly within?: number;
  /** How long something is kept that nobody stores or freshens again, in milliseconds. Default 7 days. */
  readonly maxAge?: number;
  /** How long what is replaced or removed can still be read by who has begun to, in milliseconds. Default 5 min. */
  readonly grace?: number;
  /** How long the start waits for a server that says neither yes nor no, in milliseconds. Default 1 s. */
  readonly startWithin?: number;
  readonly clock?: Clock;
}

type Settings = Required<Omit<SharedStoreOptions, "url" | "complain">>;

const DAY = 24 * 60 * 60_000;

const DEFAULTS: Settings = {
  prefix: "maitred:",
  maxObject: 8 * 1024 * 1024,
  budget: 64 * 1024 * 1024,
  findWithin: 100,
  within: 2000,
  maxAge: 7 * DAY,
  grace: 5 * 60_000,
  startWithin: 1000,
  clock: realClock,
};

const NONE: readonly Stored[] = [];

/**
 * A store that others see, too. Where it is slow or gone, it has nothing and wants nothing; what is to be purged meanwhile
 * is purged when it is back, before anything is found.
 *
 * Whoever keeps copies of what is here listens to what others do: `onChange`, `onPurge`, and `onGap`, which means that
 * anything may have changed.
 *
 * @example
 * const complain = (message: string) => console.log(message);
 * const store = await SharedStore.open({ url: "redis://localhost:1", startWithin: 1, complain });
 * await store.find("http://localhost/"); // []
 * await store.close();
 */
export class SharedStore implements Store {
  readonly #settings: Settings;
  readonly #link: SharedLink;
  readonly #sweeper: SharedSweeper;
  readonly #owed: Owed;
  readonly #newsroom: Newsroom;
  readonly #room: Room;
  readonly #writing = new Set<Promise<unknown>>();
  #isClosed = false;

  /** A TypeError where the URL or the prefix cannot be used. A server that does not answer is complained of, and awaited. */
  static async open(options: SharedStoreOptions): Promise<SharedStore> {
    const ready = Promise.withResolvers<void>();
    const store = new SharedStore(options, ready.resolve);
    const { clock, startWithin } = store.#settings;
    const alarm = clock.after(startWithin, ready.resolve);
    await ready.promise;
    alarm.cancel();
    store.#link.breaker.tell();
    return store;
  }

  /** @internal SharedStore.open() */
  constructor({ url, complain, ...others }: SharedStoreOptions, ready: () => void) {
    const where = parseSharedUrl(url);
    this.#settings = { ...DEFAULTS, ...others };
    const { prefix, budget, maxObject, clock } = this.#settings;
    if (/[{}]/.test(prefix))
      throw new TypeError(`Cannot share a store: its prefix ${JSON.stringify(prefix)} has a brace`);

    this.#room = new Room(budget, maxObject);
    this.#owed = new Owed({ clock, pay: async (which, how) => (await this.#purge(which, how)) !== undefined });
    const check = (): void => {
      if (this.#link.breaker.trouble === undefined && this.#newsroom.isListening) ready();
    };
    const connected = (): void => {
      this.#owed.pay();
      check();
    };
    this.#link = new SharedLink({ ...this.#settings, where, complain, connected, lost: ready });
    this.#sweeper = new SharedSweeper(this.#link);
    const { self, names } = this.#link;
    this.#newsroom = new Newsroom({
      self,
      clock,
      subscribe: (life, attempt) => subscribe(where, names.channel, life, attempt),
    });
    this.#newsroom.onGap(check);
  }

  find(key: string): Soon<readonly Stored[]> {
    return this.#isUsable ? this.#find(key) : NONE;
  }

  async #find(key: string): Promise<readonly Stored[]> {
    const entries = await this.#link.entriesOf(key, "quickly");
    return entries?.map((entry) => this.#link.storedOf(entry)) ?? NONE;
  }

  open(said: Said, place: Place = {}): Filling | undefined {
    const { onto, size } = place;
    const joined = onto?.content instanceof SharedContent ? sizeOf(onto.content.entry.spans) : 0;
    if (!this.#link.breaker.mayWrite() || !this.#room.fits(joined + (size ?? 0)) || !this.#room.hasLeft(size ?? 0)) {
      return undefined;
    }
    const put = (blocks: readonly Uint8Array[], length: number | undefined): Promise<Stored | undefined> =>
      this.#write(keep(this.#link, { said, place, blocks, length }));
    return new SharedFilling({ room: this.#room, size, joined, keep: put, isWanted: () => !this.#isClosed });
  }

  freshen(stored: Stored, said: Said): Soon<Stored | undefined> {
    const { content } = stored;
    if (!(content instanceof SharedContent) || !this.#link.breaker.mayWrite()) return undefined;
    return this.#write(freshen(this.#link, content.entry, said));
  }

  async remove({ content }: Stored): Promise<void> {
    if (!(content instanceof SharedContent) || this.#isClosed) return;
    const { said, stamp } = content.entry;
    const { grace, names, self } = this.#link;
    const change = printNews(self, { is: "change", key: said.key });
    const words = [fieldOf(said), stamp, grace, names.channel, change];
    const reply = await this.#write(this.#link.strike(REMOVE, said.key, ...words));
    if (reply === undefined) this.#owed.add({ by: "url", url: said.key }, "remove");
  }

  /** What cannot be purged now is purged as soon as the store is back; it does not count here. */
  async purge(which: Selection, how: Purging): Promise<number> {
    if (this.#isClosed) return 0;
    const count = await this.#write(this.#purge(which, how));
    if (count === undefined) this.#owed.add(which, how);
    return count ?? 0;
  }

  /** Undefined where not all could be reached, or not everybody could be told. */
  async #purge(which: Selection, how: Purging): Promise<number | undefined> {
    if (!this.#link.breaker.mayAsk()) return undefined;
    const count = await this.#sweeper.purge(which, how);
    return count !== undefined && (await this.publishPurge(which, how)) ? count : undefined;
  }

  /** Tells the others to purge the copies that they keep themselves. Whether that could be said. */
  async publishPurge(which: Selection, how: Purging): Promise<boolean> {
    const { self, names } = this.#link;
    const news = printNews(self, { is: "purge", which, how });
    return (await this.#link.slowly((bulk) => bulk.ask("publish", names.channel, news))) !== undefined;
  }

  /** What another has purged. */
  onPurge(listener: OnPurge): void {
    this.#newsroom.onPurge(listener);
  }

  /** The keys under which another has stored, freshened or removed something. */
  onChange(listener: (key: string) => void): void {
    this.#newsroom.onChange(listener);
  }

  /** For a while we have not heard what others did. */
  onGap(listener: () => void): void {
    this.#newsroom.onGap(listener);
  }

  async *list(): AsyncGenerator<Stored> {
    if (!this.#isUsable) return;
    try {
      for await (const keys of this.#sweeper.keys(this.#link.names.patternOf({ by: "everything" }))) {
        for (const key of keys) {
          for (const entry of (await this.#link.entriesOf(key, "slowly")) ?? []) yield this.#link.storedOf(entry);
        }
      }
    } catch (error) {
      if (!(error instanceof Unreached)) throw error;
    }
  }

  state(): Promise<StoreState> {
    return stateOf(this.#link);
  }

  /** What is on its way into the store gets there before. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#owed.close();
    this.#isClosed = true;
    await Promise.allSettled(this.#writing);
    this.#newsroom.close();
    this.#link.close();
  }

  /** As long as something is to be purged that could not be, there is no telling what may be used. */
  get #isUsable(): boolean {
    return !this.#isClosed && this.#owed.isEmpty && this.#link.breaker.mayAsk();
  }

  #write<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#writing.add(work);
    return work.finally(() => this.#writing.delete(work));
  }
}
