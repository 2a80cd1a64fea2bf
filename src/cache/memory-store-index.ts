/** Where an item is found: by its key, by what a purge says, and by what takes its place. */

import { ownText } from "../base/bytes.ts";
import type { StoredInMemory } from "./memory-store-item.ts";
import { Keys } from "./memory-store-keys.ts";
import { Labels } from "./memory-store-labels.ts";
import type { Said, Selecting } from "./said.ts";
import type { Selection } from "./store.ts";

/**
 * Keys, and labels: tags, groups, and the URIs of those keys that say more than that.
 *
 * @internal
 */
export class Index {
  readonly #keys = new Keys();
  readonly #tags = new Labels();
  readonly #uris = new Labels();

  get count(): number {
    return this.#keys.count;
  }

  /** What the labels take; the keys are counted with their items. */
  get weight(): number {
    return this.#tags.weight + this.#uris.weight;
  }

  first(key: string): StoredInMemory | undefined {
    return this.#keys.first(key);
  }

  has(item: StoredInMemory): boolean {
    let one = this.first(item.key);
    while (one !== undefined && one !== item) one = one.sibling;
    return one !== undefined;
  }

  /** The one whose place another one takes that is said the same of. */
  like({ key, selecting }: Said): StoredInMemory | undefined {
    let item = this.first(key);
    while (item !== undefined && !isSame(item.selecting, selecting)) item = item.sibling;
    return item;
  }

  /** Returns who has to go for it, if anybody. */
  add(item: StoredInMemory): StoredInMemory | undefined {
    this.#label(item);
    return this.#keys.add(item);
  }

  remove(item: StoredInMemory): void {
    this.#keys.remove(item);
    this.#unlabel(item);
  }

  replace(old: StoredInMemory, item: StoredInMemory): void {
    this.#keys.replace(old, item);
    this.#unlabel(old);
    this.#label(item);
  }

  /** Those that a purge may mean, and perhaps others. An unsafe request purges its URL: that must not take long. */
  candidates(which: Selection): Iterable<StoredInMemory> {
    switch (which.by) {
      case "url":
        return [...this.#keys.of(which.url), ...this.#uris.of(uriOf(which.url))];
      case "tag":
        return this.#tags.of(which.tag);
      case "group":
        return this.#tags.of(which.group);
      default:
        return this.#keys;
    }
  }

  [Symbol.iterator](): Iterator<StoredInMemory> {
    return this.#keys[Symbol.iterator]();
  }

  #label(item: StoredInMemory): void {
    for (const tag of item.tags) this.#tags.add(tag, item);
    for (const group of item.groups) this.#tags.add(group, item);
    if (item.key.includes(" ")) this.#uris.add(ownText(uriOf(item.key)), item);
  }

  #unlabel(item: StoredInMemory): void {
    for (const tag of item.tags) this.#tags.remove(tag, item);
    for (const group of item.groups) this.#tags.remove(group, item);
    if (item.key.includes(" ")) this.#uris.remove(uriOf(item.key), item);
  }
}

/** A key may say more than its URI, behind a space. */
const uriOf = (key: string): string => key.split(" ", 1)[0]!;

const isSame = (one: Selecting, other: Selecting): boolean =>
  one.length === other.length && one.every(([name, value], i) => name === other[i]![0] && value === other[i]![1]);
