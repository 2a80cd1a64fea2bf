/** Items by their keys: the one look-up that every request makes. */

import type { StoredInMemory } from "./memory-store-item.ts";

/** A power of two. A Map that grows moves all it has at once: of a million entries for a tenth of a second, of a 64th of them for a moment. */
const SHARDS = 64;

const TELLING = [1, 6, 7, 8];

/** Each is looked at for every request with this key; who varies more than this varies by what is never the same. */
const MOST_SIBLINGS = 64;

/**
 * Those of one key are siblings, the latest first.
 *
 * @internal
 */
export class Keys {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<string, StoredInMemory>());
  #count = 0;

  get count(): number {
    return this.#count;
  }

  first(key: string): StoredInMemory | undefined {
    return this.#shardOf(key).get(key);
  }

  *of(key: string): Generator<StoredInMemory> {
    for (let one = this.first(key); one !== undefined; one = one.sibling) yield one;
  }

  /** Its key must be the very text of its siblings': the Map keeps the first one's. Returns who has to go for it, if anybody. */
  add(item: StoredInMemory): StoredInMemory | undefined {
    const shard = this.#shardOf(item.key);
    item.sibling = shard.get(item.key);
    shard.set(item.key, item);
    this.#count++;
    let last: StoredInMemory = item;
    let siblings = 0;
    for (; last.sibling !== undefined; last = last.sibling) siblings++;
    return siblings > MOST_SIBLINGS ? last : undefined;
  }

  remove(item: StoredInMemory): void {
    this.#put(item, item.sibling);
    this.#count--;
  }

  /** `item` takes the place of `old`. */
  replace(old: StoredInMemory, item: StoredInMemory): void {
    item.sibling = old.sibling;
    this.#put(old, item);
  }

  *[Symbol.iterator](): Generator<StoredInMemory> {
    for (const shard of this.#shards) {
      for (const first of shard.values()) {
        // Whoever is given away may be gone, and on his own, when the next one is wanted.
        for (let one: StoredInMemory | undefined = first; one !== undefined; ) {
          const next: StoredInMemory | undefined = one.sibling;
          yield one;
          one = next;
        }
      }
    }
  }

  /** Whatever is in the place of `old` from now on. */
  #put(old: StoredInMemory, item: StoredInMemory | undefined): void {
    const shard = this.#shardOf(old.key);
    let before = shard.get(old.key);
    if (before === old) {
      if (item === undefined) shard.delete(old.key);
      else shard.set(old.key, item);
    } else {
      while (before !== undefined && before.sibling !== old) before = before.sibling;
      if (before !== undefined) before.sibling = item;
    }
    old.sibling = undefined;
  }

  /** Letters at the end, and before an extension, tell most URLs apart. Who makes them all alike makes one large Map of it: no harm. */
  #shardOf(key: string): Map<string, StoredInMemory> {
    let mix = key.length;
    for (const at of TELLING) mix = 31 * mix + key.charCodeAt(key.length - at);
    return this.#shards[(mix ^ (mix >>> 6)) & (SHARDS - 1)]!;
  }
}
