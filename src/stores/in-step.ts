/** What others do to a shared store is done to the copies that are nearer, so that nobody is given what they have taken away. */

import type { Store } from "../cache/store.ts";
import type { SharedStore } from "./shared-store.ts";
import type { TieredStore } from "./tiered-store.ts";

/**
 * Listens to what others change and purge. `between` are stores besides the memory that are nearer than the shared one. Where
 * something may have been missed nothing in memory is believed, since the shared store has it, too; what is on a disk is asked
 * about before its next use.
 *
 * @example
 * const url = "redis://localhost:1";
 * const shared = await SharedStore.open({ url, startWithin: 1, complain: (message) => console.log(message) });
 * const store = new TieredStore(new MemoryStore(), [shared]);
 * keepInStep(store, [], shared);
 * await store.close();
 */
export function keepInStep(
  tiered: Pick<TieredStore, "purgeNear" | "forget">,
  between: readonly Store[],
  shared: Pick<SharedStore, "onChange" | "onPurge" | "onGap">,
): void {
  shared.onChange((key) => {
    tiered.forget(key);
    for (const store of between) void forget(store, key);
  });
  shared.onPurge((which, how) => {
    tiered.purgeNear(which, how);
    for (const store of between) void store.purge(which, how);
  });
  shared.onGap(() => {
    tiered.purgeNear({ by: "everything" }, "remove");
    for (const store of between) void store.purge({ by: "everything" }, "invalidate");
  });
}

async function forget(store: Store, key: string): Promise<void> {
  for (const stored of await store.find(key)) await store.remove(stored);
}
