/** What is in a cache, a line of JSON for each response, written as it is read. */

import { utf8 } from "../base/bytes.ts";
import { type Assessment, ttlOf } from "../cache/assess.ts";
import { sizeHere } from "../cache/gaps.ts";
import type { Selecting } from "../cache/said.ts";
import type { Body } from "../http/message.ts";

/** A stored response, for people and programs that look at it. */
export interface CacheEntry {
  readonly key: string;
  readonly status: number;
  /** Seconds; the second is below 0 where it is stale. */
  readonly age: number;
  readonly ttl: number;
  /** Bytes of content; and how many of them are here. */
  readonly length: number;
  readonly here: number;
  readonly isInvalid: boolean;
  readonly selecting: Selecting;
  readonly tags: readonly string[];
  readonly groups: readonly string[];
}

/**
 * How a stored response stands at this moment.
 *
 * @example
 * entryOf(assess(stored, DEFAULT_RULES, stored.responseTime + 5000)).age; // 5
 */
export function entryOf(assessed: Assessment): CacheEntry {
  const { key, status, isInvalid, selecting, tags, groups, content } = assessed.stored;
  const seconds = { age: Math.floor(assessed.age / 1000), ttl: ttlOf(assessed) };
  const bytes = { length: content.length, here: sizeHere(content) };
  return { key, status, ...seconds, ...bytes, isInvalid, selecting, tags, groups };
}

/** So many letters are gathered before they are sent: a line alone would not be worth the while. */
const PIECE = 16 * 1024;

/**
 * Content that is made while it is read. `print` makes a line of each; where it says undefined, that one is left out.
 *
 * @example
 * const lines = new Lines([1, 2, 3], (number) => (number === 2 ? undefined : `number ${number}`));
 * await lines.read(); // Uint8Array [110, 117, 109, 98, 101, 114, 32, 49, 10, 110, 117, 109, 98, 101, 114, 32, 51, 10]
 */
export class Lines<Item> implements Body {
  readonly #items: AsyncIterator<Item> | Iterator<Item>;
  readonly #print: (item: Item) => string | undefined;
  #isOver = false;

  constructor(items: AsyncIterable<Item> | Iterable<Item>, print: (item: Item) => string | undefined) {
    this.#items = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#print = print;
  }

  async read(): Promise<Uint8Array | undefined> {
    let text = "";
    while (text.length < PIECE && !this.#isOver) {
      const next = this.#items.next();
      const { done, value } = next instanceof Promise ? await next : next;
      if (done === true) {
        this.#isOver = true;
        break;
      }
      const line = this.#print(value);
      if (line !== undefined) text += `${line}\n`;
    }
    return text === "" ? undefined : utf8(text);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#items.return?.();
  }
}
