/** A store that takes its time. */

import type { MemoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";

/** Everything happens later, as it does where there is a disk or a network. */
export function slow(store: MemoryStore): Store {
  const later = async <Value>(value: Value): Promise<Value> => {
    await new Promise((resolve) => setImmediate(resolve));
    return value;
  };
  return {
    find: (key) => later(store.find(key)),
    open: (said, place) => {
      const filling = store.open(said, place);
      return (
        filling && {
          get size() {
            return filling.size;
          },
          write: (bytes) => {
            const copy = bytes.slice();
            return later(undefined).then(() => filling.write(copy));
          },
          read: async (from) => later(await filling.read(from)),
          end: async (length) => later(undefined).then(() => filling.end(length)),
          abort: () => filling.abort(),
        }
      );
    },
    freshen: (stored, said) => later(undefined).then(() => store.freshen(stored, said)),
    remove: (stored) => later(undefined).then(() => store.remove(stored)),
    purge: (which, how) => later(undefined).then(() => store.purge(which, how)),
    list: () => store.list(),
    state: () => store.state(),
    close: () => store.close(),
  };
}
