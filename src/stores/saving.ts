/** Takes what is in memory to the stores behind it, in the background, and keeps them in step with it. */

import { gaps, sizeHere } from "../cache/gaps.ts";
import { type Said, saidOf } from "../cache/said.ts";
import type { Store, Stored } from "../cache/store.ts";
import { copyInto, copyRange, isAlike } from "./store-copy.ts";

/** More is not on its way at a time: where a store is slower than what comes, it does not get all of it. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Something that happens to one response in all stores. */
interface Errand {
  readonly said: Said;
  isWanted: boolean;
  work: Promise<void>;
}

/** What it does in one of them. */
type Act = (store: Store, i: number, isWanted: IsWanted) => Promise<void>;

/** Whether it has not been stopped meanwhile. */
type IsWanted = () => boolean;

/** @internal */
export class Saving {
  readonly #stores: readonly Store[];
  /** What a response in memory is in each of the stores behind, where it is there. */
  readonly #twins = new WeakMap<Stored, (Stored | undefined)[]>();
  readonly #errands = new Set<Errand>();
  #bytes = 0;

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  /** It came from there. */
  isAlready(near: Stored, far: Stored, from: Store): void {
    this.#twinsOf(near)[this.#stores.indexOf(from)] = far;
  }

  save(stored: Stored, onto: Stored | undefined): void {
    // An older one of the same kind must not arrive after this.
    const before = onto === undefined ? this.stop((said) => isAlike(said, stored)) : this.#arrived(onto);
    const size = Math.max(0, sizeHere(stored.content) - (onto === undefined ? 0 : sizeHere(onto.content)));
    const isTooMuch = this.#bytes + size > MOST_BYTES && this.#bytes > 0;
    if (isTooMuch) this.#drop(saidOf(stored), before);
    else this.#begin(stored, size, before, (store, i, isWanted) => this.#copy(stored, onto, store, i, isWanted));
  }

  /** Its content is not held meanwhile. */
  #drop(said: Said, before: Promise<void>): void {
    this.#begin(said, 0, before, (store) => this.#supersede(store, said));
  }

  #begin(said: Said, size: number, before: Promise<void>, act: Act): void {
    const errand: Errand = { said, isWanted: true, work: before };
    this.#errands.add(errand);
    this.#bytes += size;
    errand.work = before
      .then(() => Promise.all(this.#stores.map((store, i) => act(store, i, () => errand.isWanted))))
      .then(() => {
        this.#errands.delete(errand);
        this.#bytes -= size;
      });
  }

  /** When all that is under way with this is done. */
  async #arrived(stored: Said): Promise<void> {
    await Promise.all([...this.#errands].filter(({ said }) => said === stored).map(({ work }) => work));
  }

  async #copy(stored: Stored, onto: Stored | undefined, store: Store, i: number, isWanted: IsWanted): Promise<void> {
    const twin = onto === undefined ? undefined : this.#twins.get(onto)?.[i];
    let copy: Stored | undefined;
    if (isWanted()) {
      const copying =
        twin === undefined || onto === undefined
          ? copyInto(store, stored, isWanted)
          : extend(store, stored, twin, onto, isWanted);
      copy = await copying.catch(() => undefined);
    }
    if (copy === undefined) await this.#supersede(store, stored);
    // It may have been purged while it was being completed there.
    else if (isWanted()) this.#twinsOf(stored)[i] = copy;
    else await store.remove(copy);
  }

  /** It does not come: then what it would have taken the place of must not be found again when it has gone from memory. */
  async #supersede(store: Store, said: Said): Promise<void> {
    const there = await findAlike(store, said);
    if (there !== undefined && there.responseTime <= said.responseTime) await store.remove(there);
  }

  /** Something else is said of it now: behind as well, when it has arrived there. */
  freshen(old: Stored, near: Stored, said: Said): void {
    this.#begin(near, 0, this.#arrived(old), async (store, i) => {
      const twin = this.#twins.get(old)?.[i] ?? (await findAlike(store, old));
      // Another's may be newer.
      if (twin === undefined || twin.responseTime > old.responseTime) return;
      if (isCopy(twin, old)) this.#twinsOf(near)[i] = await store.freshen(twin, said);
      else await store.remove(twin);
    });
  }

  async remove(stored: Stored): Promise<void> {
    await this.stop((said) => said === stored);
    await Promise.all(this.#stores.map((store, i) => this.#removeFrom(store, stored, this.#twins.get(stored)?.[i])));
  }

  /** Where it had not arrived, one that it was to take the place of may still be there. */
  async #removeFrom(store: Store, stored: Stored, twin: Stored | undefined): Promise<void> {
    const there = twin ?? (await findAlike(store, stored));
    if (there !== undefined) await store.remove(there);
  }

  /** What is on its way and meant by this shall not arrive; when this resolves, it has not. */
  async stop(isMeant: (said: Said) => boolean): Promise<void> {
    const meant = [...this.#errands].filter(({ said }) => isMeant(said));
    for (const errand of meant) errand.isWanted = false;
    await Promise.all(meant.map(({ work }) => work));
  }

  /** When nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#errands.size > 0) await Promise.all([...this.#errands].map(({ work }) => work));
  }

  #twinsOf(stored: Stored): (Stored | undefined)[] {
    let twins = this.#twins.get(stored);
    if (twins === undefined) {
      twins = [];
      this.#twins.set(stored, twins);
    }
    return twins;
  }
}

/** Only what is new of it. */
async function extend(
  store: Store,
  stored: Stored,
  twin: Stored,
  onto: Stored,
  isWanted: IsWanted,
): Promise<Stored | undefined> {
  let copy: Stored | undefined = twin;
  for (const range of stored.content.ranges ?? [{ first: 0, last: stored.content.length - 1 }]) {
    for (const gap of gaps(range, onto.content.ranges ?? [])) {
      copy = copy && (await copyRange(store, stored, gap, copy, isWanted));
    }
  }
  return copy;
}

const findAlike = async (store: Store, said: Said): Promise<Stored | undefined> =>
  (await store.find(said.key)).find((one) => isAlike(one, said));

/** They were the same answer once. */
const isCopy = (a: Stored, b: Stored): boolean =>
  a.responseTime === b.responseTime && a.content.length === b.content.length;
