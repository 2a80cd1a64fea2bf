/** A store on disk: it is there again, and warm, after a restart, however the last process ended. */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Said } from "../cache/said.ts";
import type { Filling, Place, Purging, Selection, Store, Stored, StoreState } from "../cache/store.ts";
import type { OpenFile } from "./disk-files.ts";
import { DiskFilling } from "./disk-filling.ts";
import type { DiskIndex } from "./disk-index.ts";
import { DiskKeeper } from "./disk-keeper.ts";
import { lockFolder } from "./disk-lock.ts";
import { between, meant } from "./disk-selection.ts";
import { wordsOf } from "./disk-trouble.ts";

export interface DiskOptions {
  /** Where everything is; made, if it is not there. It should have no other use. */
  readonly folder: string;
  /** Bytes that it may take. */
  readonly budget: number;
  /** Bytes that a response's content may have. Default: what the budget allows. */
  readonly maxObject?: number | undefined;
  /** Content of up to so many bytes is in the index, longer content in files of its own. Default 16 KiB. */
  readonly inline?: number | undefined;
  readonly clock: Clock;
  /** A line for people, when something is not as it should be. */
  readonly complain: (message: string) => void;
  /** How files are opened; for tests of what may go wrong with them. */
  readonly openFile?: OpenFile | undefined;
}

const INLINE = 16 * 1024;

const NONE: readonly Stored[] = [];

/**
 * One folder, which is one process's at a time. The index is SQLite's and has short content as well (`DiskIndex`), longer
 * content is in files (`DiskFiles`).
 *
 * @example
 * const folder = `/tmp/maitred-${process.pid}`;
 * const complain = (message: string) => console.error(message);
 * const store = await DiskStore.open({ folder, budget: 64 * 1024 ** 2, clock: realClock, complain });
 * store.find("http://localhost/"); // []
 * await store.close();
 * const { rmSync } = await import("node:fs");
 * rmSync(folder, { recursive: true });
 */
export class DiskStore implements Store {
  readonly #keeper: DiskKeeper;
  readonly #budget: number;
  readonly #unlock: () => void;
  #closing: Promise<void> | undefined;

  /** Fails with a line for people where the folder cannot be used, or is in use. */
  static async open(options: DiskOptions): Promise<DiskStore> {
    const folder = resolve(options.folder);
    const { maxObject = Number.POSITIVE_INFINITY, inline = INLINE } = options;
    let unlock: (() => void) | undefined;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      unlock = lockFolder(folder);
      const keeper = new DiskKeeper({ ...options, folder, maxObject, inline });
      await keeper.ledger.open();
      return new DiskStore(keeper, options.budget, unlock);
    } catch (error) {
      unlock?.();
      throw new Error(`Cannot keep the cache in "${folder}": ${wordsOf(error)}`);
    }
  }

  private constructor(keeper: DiskKeeper, budget: number, unlock: () => void) {
    this.#keeper = keeper;
    this.#budget = budget;
    this.#unlock = unlock;
  }

  find(key: string): readonly Stored[] {
    const { ledger } = this.#keeper;
    return this.#attempt(NONE, (index) => {
      const found = index.find(key);
      if (found.length === 0) return NONE;
      const stored: Stored[] = [];
      for (const entry of found) {
        if (typeof entry === "number") ledger.forget(index, entry);
        else {
          ledger.use.note(entry);
          stored.push(this.#keeper.stored(entry));
        }
      }
      return stored;
    });
  }

  open(said: Said, place: Place = {}): Filling | undefined {
    const keeper = this.#keeper;
    if (this.#closing !== undefined || !keeper.isReady()) return undefined;
    const onto = place.onto?.content;
    // What has no file lacks nothing that could be joined to it.
    if (onto !== undefined && !(keeper.owns(onto) && onto.file !== undefined)) return undefined;
    if ((onto?.size ?? 0) + (place.size ?? 0) > keeper.most) return undefined;
    const filling = new DiskFilling(keeper, said, place, onto);
    keeper.fillings.add(filling);
    return filling;
  }

  freshen({ content }: Stored, said: Said): Stored | undefined {
    return this.#attempt(undefined, (index) => {
      const before = this.#keeper.owns(content) ? index.entry(content.id) : undefined;
      if (typeof before !== "object") return undefined;
      const entry = { ...before, said };
      index.change(entry, before);
      return this.#keeper.stored(entry);
    });
  }

  remove({ content }: Stored): void {
    this.#attempt(undefined, (index) => {
      if (this.#keeper.owns(content)) index.remove(content.id);
    });
  }

  async purge(which: Selection, how: Purging): Promise<number> {
    let count = 0;
    const lots = this.#lots((index) => meant(index, which));
    for (let ids = lots(); ids !== undefined; ids = lots()) {
      this.#attempt(undefined, (index) => {
        for (const id of ids) {
          if (how === "remove") index.remove(id);
          else index.invalidate(id);
        }
        count += ids.length;
      });
      // Others want to be served, too; and what is purged stays purged from here on.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return count;
  }

  *list(): Generator<Stored> {
    const lots = this.#lots((index) => between(index));
    for (let ids = lots(); ids !== undefined; ids = lots()) {
      for (const id of ids) {
        const entry = this.#attempt(undefined, (index) => index.entry(id));
        if (typeof entry === "object") yield this.#keeper.stored(entry);
      }
    }
  }

  /** One lot of ids after the other; no more when the index has become another's. */
  #lots(of: (index: DiskIndex) => Generator<number[]>): () => number[] | undefined {
    const began = this.#keeper.ledger.index;
    const lots = began && of(began);
    return () => this.#attempt(undefined, (index) => (index === began ? lots?.next().value : undefined) ?? undefined);
  }

  state(): StoreState {
    const { ledger, used, evictions } = this.#keeper;
    const responses = ledger.index?.responses ?? 0;
    return { name: "disk", responses, used, budget: this.#budget, evictions, trouble: ledger.trouble.text };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { fillings, ledger } = this.#keeper;
    for (const filling of fillings) filling.abort();
    // What has come to its end, and is on its way to the disk, is waited for.
    await Promise.all(Array.from(fillings, ({ ending }) => ending));
    await ledger.close();
    this.#unlock();
  }

  #attempt<Value>(otherwise: Value, work: (index: DiskIndex) => Value): Value {
    return this.#closing === undefined ? this.#keeper.ledger.attempt(otherwise, work) : otherwise;
  }
}
