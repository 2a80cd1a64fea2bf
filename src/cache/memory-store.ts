/** Stored responses in memory, within a budget that holds whatever comes (RFC 9111 §2). */

import { ownText } from "../base/bytes.ts";
import type { Eviction } from "./eviction/evictable.ts";
import { hashOf } from "./eviction/hash.ts";
import { newPolicy, type PolicyName } from "./eviction/policies.ts";
import { FillingInMemory, type Keeper } from "./memory-store-filling.ts";
import { bufferWeight, type Held, hold, holdJoined, sizeOf } from "./memory-store-held.ts";
import { Index } from "./memory-store-index.ts";
import { StoredInMemory } from "./memory-store-item.ts";
import { Pieces } from "./memory-store-pieces.ts";
import type { Said } from "./said.ts";
import { meaning } from "./selection.ts";
import type { Filling, Place, Purging, Selection, Store, Stored, StoreState } from "./store.ts";

export interface MemoryStoreOptions {
  /** Bytes for everything: content, also on its way, what was said, keys, and what it takes to find them. Default 256 MiB. */
  readonly budget?: number;
  /** Bytes of content that one response may have here. Default an eighth of the budget. */
  readonly maxObject?: number;
  /** Who has to go where room is wanted. Default "s3-fifo". */
  readonly eviction?: PolicyName;
  /** How many bytes of the budget may be on V8's heap, whose end is the process's: all but content above 1 KiB. Default 2 GiB. */
  readonly heap?: number;
  /** So that nobody outside can tell which keys are taken for one another by the policy. Default 0. */
  readonly seed?: number;
}

/** What one on its way takes besides its texts and its content, and later as an item. */
const FILLING = 1024;

/**
 * Everything happens at once, and what is handed out stays valid: bytes are never written to again, and the garbage collector
 * waits for the last reader.
 *
 * @example
 * const store = new MemoryStore({ budget: 1024 * 1024 });
 * const filling = store.open(said);
 * filling?.write(utf8("hi"));
 * filling?.end();
 * store.first(said.key)?.bytes; // Uint8Array [104, 105]
 */
export class MemoryStore implements Store {
  readonly budget: number;
  readonly maxObject: number;
  readonly #heap: number;
  readonly #seed: number;
  readonly #policy: Eviction<StoredInMemory>;
  readonly #index = new Index();
  readonly #fillings = new Set<FillingInMemory>();
  readonly #keeper: Keeper;
  /** Bytes of all items, those of them that are on the heap, and those of what is on its way. */
  #weight = 0;
  #heapWeight = 0;
  #claimed = 0;
  #evictions = 0;
  #isClosed = false;

  constructor(options: MemoryStoreOptions = {}) {
    const { budget = 256 * 1024 * 1024, eviction = "s3-fifo", heap = 2 * 1024 ** 3, seed = 0 } = options;
    this.budget = budget;
    this.maxObject = options.maxObject ?? Math.floor(budget / 8);
    this.#heap = heap;
    this.#seed = seed;
    this.#policy = newPolicy(eviction, budget);
    this.#keeper = {
      claim: (bytes) => this.#claim(bytes),
      settle: (filling, claimed) => this.#settle(filling, claimed),
      keep: (filling, bytes, length) => this.#keep(filling, bytes, length),
    };
  }

  /** The latest one stored under this key; its `sibling` leads to the others. All of them count as used. */
  first(key: string): StoredInMemory | undefined {
    const first = this.#index.first(key);
    for (let one = first; one !== undefined; one = one.sibling) this.#policy.touch(one);
    return first;
  }

  find(key: string): readonly StoredInMemory[] {
    const found: StoredInMemory[] = [];
    for (let one = this.first(key); one !== undefined; one = one.sibling) found.push(one);
    return found;
  }

  open(said: Said, place: Place = {}): Filling | undefined {
    const { size, onto } = place;
    const here = onto instanceof StoredInMemory ? onto.size : 0;
    if (this.#isClosed || here + (size ?? 0) > this.maxObject) return undefined;
    const claimed = FILLING + said.key.length + said.lines.length + (size ?? 0);
    if (!this.#claim(claimed)) return undefined;
    const filling = new FillingInMemory(said, this.#keeper, claimed, this.maxObject - here, place);
    this.#fillings.add(filling);
    return filling;
  }

  freshen(stored: Stored, said: Said): StoredInMemory | undefined {
    const item = this.#here(stored);
    if (item === undefined) return undefined;
    return this.#put(said, item.held, item);
  }

  remove(stored: Stored): void {
    const item = this.#here(stored);
    if (item !== undefined) this.#remove(item);
  }

  purge(which: Selection, how: Purging): number {
    const isMeant = meaning(which);
    for (const filling of this.#fillings) {
      if (!isMeant(filling.said)) continue;
      if (how === "remove") filling.fate = "removed";
      else if (filling.fate === "kept") filling.fate = "invalid";
    }
    const meant = new Set([...this.#index.candidates(which)].filter(isMeant));
    for (const item of meant) {
      if (how === "remove") this.#remove(item);
      else if (!item.isInvalid && item.weight > 0) this.#put({ ...item, isInvalid: true }, item.held, item);
    }
    return meant.size;
  }

  list(): Iterable<StoredInMemory> {
    return this.#index;
  }

  state(): StoreState {
    const { budget } = this;
    return { name: "memory", responses: this.#index.count, used: this.#used, budget, evictions: this.#evictions };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const filling of this.#fillings) filling.abort();
    for (const item of this.#index) this.#remove(item);
  }

  get #used(): number {
    return this.#weight + this.#claimed + this.#index.weight;
  }

  #claim(bytes: number): boolean {
    // What would not fit if all were gone should not send all away; nor should those who announce much, and bring it slowly.
    const most = Math.min(this.budget, Math.max(this.budget / 2, this.maxObject + FILLING));
    if (this.#isClosed || this.#claimed + bytes > most || !this.#makeRoom(bytes)) return false;
    this.#claimed += bytes;
    return true;
  }

  #settle(filling: FillingInMemory, claimed: number): void {
    this.#fillings.delete(filling);
    this.#claimed -= claimed;
  }

  #makeRoom(coming: number): boolean {
    while (this.#used + coming > this.budget || this.#heapWeight > this.#heap) {
      const victim = this.#policy.evict(coming);
      if (victim === undefined) return false;
      this.#forget(victim);
      this.#evictions++;
    }
    return true;
  }

  /** All that came is there. */
  #keep(filling: FillingInMemory, bytes: ArrayBuffer, length: number | undefined): StoredInMemory | undefined {
    const { first, onto, fate } = filling;
    if (fate === "removed") return undefined;
    const said = fate === "invalid" ? { ...filling.said, isInvalid: true } : filling.said;
    if (onto === undefined) return this.#put(said, hold({ first, bytes }, length), this.#index.like(said));
    const base = this.#successor(onto);
    return base && this.#put(said, holdJoined({ first, bytes }, base.held), base);
  }

  /** A new item, in the place of `old`, which has its key, and of any other that has the same `selecting`, too. */
  #put(said: Said, held: Held | undefined, old: StoredInMemory | undefined): StoredInMemory | undefined {
    if (held === undefined || sizeOf(held) > this.maxObject) return undefined;
    const like = this.#index.like(said);
    if (like !== undefined && like !== old) this.#remove(like);
    const key = this.#index.first(said.key)?.key ?? ownText(said.key);
    const item = new StoredInMemory(key, old?.hash ?? hashOf(key, this.#seed), said, held);
    if (old === undefined) this.#add(item);
    else this.#replace(old, item);
    this.#makeRoom(0);
    return item.weight > 0 ? item : undefined;
  }

  #add(item: StoredInMemory): void {
    const last = this.#index.add(item);
    this.#policy.add(item);
    this.#count(item);
    if (last === undefined) return;
    this.#remove(last);
    this.#evictions++;
  }

  #replace(old: StoredInMemory, item: StoredInMemory): void {
    this.#index.replace(old, item);
    this.#policy.replace(old, item);
    this.#discount(old);
    this.#count(item);
  }

  #remove(item: StoredInMemory): void {
    this.#policy.remove(item);
    this.#forget(item);
  }

  /** The policy has done so already. */
  #forget(item: StoredInMemory): void {
    this.#index.remove(item);
    this.#discount(item);
  }

  #count(item: StoredInMemory): void {
    this.#weight += item.weight;
    this.#heapWeight += item.weight - bufferWeight(item.held);
  }

  #discount(item: StoredInMemory): void {
    this.#weight -= item.weight;
    this.#heapWeight -= item.weight - bufferWeight(item.held);
    item.weight = 0;
  }

  #here(stored: Stored): StoredInMemory | undefined {
    return stored instanceof StoredInMemory && this.#index.has(stored) ? stored : undefined;
  }

  /** What has become of it: other parts may have been joined to it meanwhile, or something else been said of it. */
  #successor(stored: Stored): StoredInMemory | undefined {
    if (!(stored instanceof StoredInMemory)) return undefined;
    if (this.#index.has(stored)) return stored;
    const item = this.#index.like(stored);
    const isFamily =
      item?.held instanceof Pieces && stored.held instanceof Pieces && item.held.family === stored.held.family;
    return isFamily ? item : undefined;
  }
}
