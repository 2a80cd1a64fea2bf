/** Stores that do what stores should not, or seldom do: a cache must get along with each of them. */

import type { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Filling, Store } from "../../src/cache/store.ts";

/** One like this, but for some of its ways. */
export function like(store: Store, ways: Partial<Store>): Store {
  const all: Store = {
    find: (key) => store.find(key),
    open: (said, place) => store.open(said, place),
    freshen: (stored, said) => store.freshen(stored, said),
    remove: (stored) => store.remove(stored),
    purge: (which, how) => store.purge(which, how),
    list: () => store.list(),
    state: () => store.state(),
    close: () => store.close(),
  };
  return { ...all, ...ways };
}

/** One whose fillings have other ways. */
export const filling = (store: Store, ways: (filling: Filling) => Partial<Filling>): Store =>
  like(store, {
    open(said, place) {
      const inner = store.open(said, place);
      if (inner === undefined) return undefined;
      const all: Filling = {
        get size() {
          return inner.size;
        },
        write: (bytes) => inner.write(bytes),
        read: (from) => inner.read(from),
        end: (length) => inner.end(length),
        abort: () => inner.abort(),
      };
      return Object.defineProperties(all, Object.getOwnPropertyDescriptors(ways(inner)));
    },
  });

/** Wants no more than so many bytes. */
export const refusing = (store: MemoryStore, most: number): Store =>
  filling(store, (inner) => ({
    write: (bytes) => inner.size + bytes.length <= most && inner.write(bytes),
    end: (length) => inner.end(length),
  }));

/** Does all it does a while later. */
export function slowly(store: Store, later: () => Promise<void>): Store {
  const inTime = async <Value>(act: () => Value | Promise<Value>): Promise<Value> => {
    await later();
    return act();
  };
  const slow = filling(store, (inner) => ({
    write: (bytes) => {
      const copy = bytes.slice();
      return inTime(() => inner.write(copy));
    },
    read: (from) => inTime(() => inner.read(from)),
    end: (length) => inTime(() => inner.end(length)),
  }));
  return like(slow, {
    find: (key) => inTime(() => store.find(key)),
    freshen: (stored, said) => inTime(() => store.freshen(stored, said)),
    remove: (stored) => inTime(() => store.remove(stored)),
    purge: (which, how) => inTime(() => store.purge(which, how)),
  });
}
