/** Removes or invalidates what a purge means, wherever in Redis it is. */

import { meaning } from "../cache/selection.ts";
import type { Purging, Selection } from "../cache/store.ts";
import type { Asker, Reply } from "./shared-client.ts";
import { fieldOf } from "./shared-keeping.ts";
import type { SharedLink } from "./shared-link.ts";
import { PURGE } from "./shared-scripts.ts";
import { mayHaveEvicted } from "./shared-state.ts";

/** Names that Redis looks at in one step: others wait for less than a millisecond. */
const STEP = 500;

/** Keys whose variants are loaded at a time, with their short contents. */
const LOADED = 50;

/** A response may be freshened between the look at it and the blow; then we look again, so often. */
const LOOKS = 4;

/**
 * The store has gone before all was done.
 *
 * @internal
 */
export class Unreached extends Error {
  override readonly name = "Unreached";
}

interface Wish {
  readonly which: Selection;
  readonly how: Purging;
  readonly mark: string;
  count: number;
  readonly granted: (count: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * By URL there is one place to look, and by tag or group a set says where. For anything else, and where that set may have
 * been evicted, all names are gone through, in small steps; whoever wishes that while it goes on has to wait, and all who wait
 * are served by the next round.
 *
 * @internal
 */
export class SharedSweeper {
  readonly #link: SharedLink;
  #waiting: Wish[] = [];
  #isGoing = false;

  constructor(link: SharedLink) {
    this.#link = link;
  }

  /** Says how many responses that were; undefined where not all could be reached. */
  async purge(which: Selection, how: Purging): Promise<number | undefined> {
    try {
      return await this.#purge(which, how);
    } catch (error) {
      if (error instanceof Unreached) return undefined;
      throw error;
    }
  }

  async #purge(which: Selection, how: Purging): Promise<number> {
    const { names } = this.#link;
    const mark = this.#link.mark();
    if (which.by === "url") {
      let count = await this.#strike([which.url], how, mark);
      for await (const keys of this.#membersOf(names.siblings(which.url))) count += await this.#strike(keys, how, mark);
      return count;
    }
    const isIndexed = which.by === "tag" || which.by === "group";
    if (!isIndexed || (await mayHaveEvicted(this.#link))) return this.#sweep(which, how, mark);
    let count = 0;
    for await (const keys of this.#membersOf(names.setOf(which))) count += await this.#choose(keys, which, how, mark);
    return count;
  }

  /** The keys of all there are. */
  async *keys(pattern: string): AsyncGenerator<string[]> {
    for (const server of this.#link.servers()) {
      for await (const found of this.#scan(server, ["scan"], "match", pattern)) {
        yield found.flatMap((name) => this.#link.names.keyOf(name) ?? []);
      }
    }
  }

  #sweep(which: Selection, how: Purging, mark: string): Promise<number> {
    return new Promise((granted, failed) => {
      this.#waiting.push({ which, how, mark, count: 0, granted, failed });
      if (!this.#isGoing) void this.#go();
    });
  }

  async #go(): Promise<void> {
    this.#isGoing = true;
    while (this.#waiting.length > 0) {
      const wishes = this.#waiting;
      this.#waiting = [];
      const pattern = this.#link.names.patternOf(wishes.length === 1 ? wishes[0]!.which : { by: "everything" });
      try {
        for await (const keys of this.keys(pattern)) {
          for (const wish of wishes) wish.count += await this.#grant(keys, wish);
        }
        for (const { granted, count } of wishes) granted(count);
      } catch (error) {
        for (const { failed } of wishes) failed(error);
      }
    }
    this.#isGoing = false;
  }

  #grant(keys: readonly string[], { which, how, mark }: Wish): Promise<number> {
    if (which.by === "tag" || which.by === "group") return this.#choose(keys, which, how, mark);
    const means = meaning(which);
    const meant = keys.filter((key) => means({ key, tags: [], groups: [] }));
    return this.#strike(meant, how, mark);
  }

  /** All variants of these keys. */
  async #strike(keys: readonly string[], how: Purging, mark: string, chosen: readonly string[] = []): Promise<number> {
    const counts = await Promise.all(
      keys.map((key) =>
        this.#link.slowly((bulk) => bulk.run(PURGE, this.#link.keysOf(key), how, this.#link.grace, mark, ...chosen)),
      ),
    );
    return counts.reduce<number>((sum, count) => sum + (reached(count) as number), 0);
  }

  /** The variants of these keys whose tags or groups are meant. */
  async #choose(keys: readonly string[], which: Selection, how: Purging, mark: string): Promise<number> {
    let count = 0;
    for (let i = 0; i < keys.length; i += LOADED) {
      const some = keys.slice(i, i + LOADED).map((key) => this.#chooseOf(key, which, how, mark));
      for (const its of await Promise.all(some)) count += its;
    }
    return count;
  }

  /** Where it is freshened each time before it is struck, all variants are struck at last: a purge misses none. */
  async #chooseOf(key: string, which: Selection, how: Purging, mark: string): Promise<number> {
    const means = meaning(which);
    let count = 0;
    for (let look = 0; look < LOOKS; look++) {
      const entries = reached(await this.#link.entriesOf(key, "slowly"));
      const chosen = entries.filter(({ said, stamp }) => stamp !== mark && means(said));
      if (chosen.length === 0) return count;
      const pairs = chosen.flatMap(({ said, stamp }) => [fieldOf(said), stamp]);
      const struck = await this.#strike([key], how, mark, pairs);
      count += struck;
      if (struck === chosen.length) return count;
    }
    return count + (await this.#strike([key], how, mark));
  }

  async *#membersOf(set: string): AsyncGenerator<string[]> {
    for await (const found of this.#scan(this.#link.ask, ["zscan", set])) {
      // Each is followed by its score.
      yield found.filter((_, i) => i % 2 === 0);
    }
  }

  /** Step by step until the cursor is back at 0. */
  async *#scan(server: Asker, [command, ...of]: [string, ...string[]], ...how: string[]): AsyncGenerator<string[]> {
    let cursor = "0";
    do {
      const reply = reached(await this.#link.slowly(() => server(command, ...of, cursor, ...how, "count", STEP))) as [
        Uint8Array,
        readonly Uint8Array[],
      ];
      cursor = textOf(reply[0]);
      if (reply[1].length > 0) yield reply[1].map(textOf);
    } while (cursor !== "0");
  }
}

function reached<Answer>(answer: Answer | undefined): Answer {
  if (answer === undefined) throw new Unreached("Cannot purge: the shared store does not answer");
  return answer;
}

const textOf = (bytes: Reply): string => Buffer.from(bytes as Uint8Array).toString();
