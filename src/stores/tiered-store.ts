/** Memory in front of stores that outlive the process: what is asked for is near, and what had to go from here is found again. */

import type { MemoryStore } from "../cache/memory-store.ts";
import { StoredInMemory } from "../cache/memory-store-item.ts";
import type { Said } from "../cache/said.ts";
import { meaning } from "../cache/selection.ts";
import type { Filling, Place, Purging, Selection, Soon, Store, Stored, StoreState } from "../cache/store.ts";
import { FillingBehind } from "./filling-behind.ts";
import { Saving } from "./saving.ts";
import { copyInto, isAlike } from "./store-copy.ts";
import { TieredFilling } from "./tiered-filling.ts";

/**
 * Whoever asks hears what is in memory, at once; `deeper` asks those behind, and takes what is there into memory. What comes
 * goes into memory, and from there to the others when it is complete; what is too large for memory goes straight to the
 * first of them that wants it.
 *
 * @example
 * const store = new TieredStore(new MemoryStore(), []);
 * store.find("http://localhost/"); // []
 */
export class TieredStore implements Store {
  readonly front: MemoryStore;
  readonly behind: readonly Store[];
  readonly #saving: Saving;
  /** Counts what has been taken away: what was found behind before that is not taken into memory after it. */
  #epoch = 0;
  /** How much is being taken away at the moment, here and behind. */
  #takingAway = 0;
  /** Who asks those behind for a key; whoever asks for the same meanwhile waits with him. */
  readonly #asking = new Map<string, Promise<readonly Stored[]>>();

  constructor(front: MemoryStore, behind: readonly Store[]) {
    this.front = front;
    this.behind = behind;
    this.#saving = new Saving(behind);
  }

  first(key: string): StoredInMemory | undefined {
    return this.front.first(key);
  }

  find(key: string): readonly Stored[] {
    return this.front.find(key);
  }

  deeper(key: string): Promise<readonly Stored[]> | undefined {
    if (this.behind.length === 0) return undefined;
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      const mine = this.#ask(key).finally(() => {
        if (this.#asking.get(key) === mine) this.#asking.delete(key);
      });
      this.#asking.set(key, mine);
      asking = mine;
    }
    return asking;
  }

  /** Nothing that is found meanwhile behind comes near: it may be just what is taken away. */
  async #takeAway<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#epoch++;
    this.#takingAway++;
    try {
      return await work();
    } finally {
      this.#takingAway--;
      this.#epoch++;
      this.#asking.clear();
    }
  }

  async #ask(key: string): Promise<readonly Stored[]> {
    const all: Stored[] = [...this.front.find(key)];
    const epoch = this.#epoch;
    for (const store of this.behind) {
      for (const far of await store.find(key)) {
        const at = all.findIndex((near) => isAlike(near, far));
        if (at >= 0 && !isNewer(far, all[at]!)) continue;
        const near = await this.#bring(far, store, epoch);
        if (near === undefined) continue;
        if (at >= 0) all[at] = near;
        else all.push(near);
      }
    }
    return all;
  }

  /** Into memory, if that has room for it: else it is read from where it is. Undefined where it cannot be read after all. */
  async #bring(far: Stored, from: Store, epoch: number): Promise<Stored | undefined> {
    if (far.content.ranges !== undefined || far.content.length > this.front.maxObject) return far;
    const isStillWanted = (): boolean => {
      // What has come meanwhile is newer, or this one has been taken away.
      const here = this.front.find(far.key).find((one) => isAlike(one, far));
      return epoch === this.#epoch && this.#takingAway === 0 && (here === undefined || isNewer(far, here));
    };
    try {
      const near = await copyInto(this.front, far, isStillWanted);
      if (near !== undefined) this.#saving.isAlready(near, far, from);
      return near ?? far;
    } catch {
      return undefined;
    }
  }

  open(said: Said, place: Place = {}): Filling | undefined {
    const filling = this.front.open(said, place);
    if (this.behind.length === 0) return filling;
    const spill = (): Filling | undefined => this.#openBehind(said, place);
    if (filling === undefined) return spill();
    return new TieredFilling(filling, place.onto === undefined ? spill : () => undefined, (stored) =>
      this.#saving.save(stored, place.onto),
    );
  }

  #openBehind(said: Said, { onto, ...place }: Place): Filling | undefined {
    for (const store of this.behind) {
      const filling = store.open(said, onto === undefined ? place : { ...place, onto });
      if (filling !== undefined)
        return new FillingBehind(
          filling,
          () => this.#stopAlike(said),
          (far) => this.#superseded(far),
        );
    }
    return undefined;
  }

  /** An older one that is still on its way must not arrive after it. */
  #stopAlike(said: Said): Promise<void> {
    return this.#saving.stop((one) => isAlike(one, said));
  }

  /** What memory has of this kind is older. */
  #superseded(far: Stored): void {
    this.#epoch++;
    for (const near of this.front.find(far.key)) if (isAlike(near, far)) this.front.remove(near);
  }

  async freshen(stored: Stored, said: Said): Promise<Stored | undefined> {
    const near = this.front.freshen(stored, said);
    if (near !== undefined) {
      this.#saving.freshen(stored, near, said);
      return near;
    }
    for (const store of this.behind) {
      const far = await store.freshen(stored, said);
      if (far !== undefined) return far;
    }
    return undefined;
  }

  async remove(stored: Stored): Promise<void> {
    if (stored instanceof StoredInMemory) this.front.remove(stored);
    await this.#takeAway(async () => {
      if (stored instanceof StoredInMemory) await this.#saving.remove(stored);
      else for (const store of this.behind) await store.remove(stored);
    });
  }

  /** What is in several of them counts once. */
  purge(which: Selection, how: Purging): Soon<number> {
    const near = this.purgeNear(which, how);
    return this.behind.length === 0 ? near : this.#purgeBehind(which, how, near);
  }

  /** In memory alone, since it has been done behind. */
  purgeNear(which: Selection, how: Purging): number {
    this.#epoch++;
    return this.front.purge(which, how);
  }

  #purgeBehind(which: Selection, how: Purging, near: number): Promise<number> {
    return this.#takeAway(async () => {
      await this.#saving.stop(meaning(which));
      const far = await Promise.all(this.behind.map((store) => store.purge(which, how)));
      return Math.max(near, ...far);
    });
  }

  /** Somebody else has changed what is stored behind under this key: what is here of it is not known to be right any more. */
  forget(key: string): void {
    this.#epoch++;
    for (const stored of this.front.find(key)) this.front.remove(stored);
  }

  async *list(): AsyncGenerator<Stored> {
    const near = new Set<string>();
    for (const stored of this.front.list()) {
      near.add(stored.key);
      yield stored;
    }
    for (const store of this.behind) for await (const stored of store.list()) if (!near.has(stored.key)) yield stored;
  }

  /** That of the memory, under the names of all; `states` tells of each. */
  async state(): Promise<StoreState> {
    const [near, ...far] = await this.states();
    const trouble = far.find((one) => one.trouble !== undefined)?.trouble;
    const name = [near!, ...far].map((one) => one.name).join(" + ");
    const responses = Math.max(near!.responses, ...far.map((one) => one.responses));
    return { ...near!, name, responses, trouble };
  }

  async states(): Promise<readonly StoreState[]> {
    return [this.front.state(), ...(await Promise.all(this.behind.map((store) => store.state())))];
  }

  /** When all that is on its way to those behind has arrived there. */
  settled(): Promise<void> {
    return this.#saving.settled();
  }

  async close(): Promise<void> {
    await this.settled();
    await this.front.close();
    for (const store of this.behind) await store.close();
  }
}

const isNewer = (a: Stored, b: Stored): boolean => a.responseTime > b.responseTime;
