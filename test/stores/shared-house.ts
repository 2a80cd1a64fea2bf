/** Shared stores for tests: what they say is collected, and they are closed in the end, whatever happens. */

import { type Clock, realClock } from "../../src/base/clock.ts";
import { SharedStore, type SharedStoreOptions } from "../../src/stores/shared-store.ts";

export interface House extends AsyncDisposable {
  readonly lines: string[];
  /** Lets time pass for all pauses at once. */
  skip(ms: number): void;
  /** Patient, since the machine may be busy; whoever tests patience says otherwise. */
  open(options: Partial<SharedStoreOptions> & { readonly url: string }): Promise<SharedStore>;
}

export function house(): House {
  const lines: string[] = [];
  const stores: SharedStore[] = [];
  let skipped = 0;
  const clock: Clock = { ...realClock, now: () => realClock.now() + skipped };
  return {
    lines,
    skip: (ms) => void (skipped += ms),
    async open(options) {
      const patience = { findWithin: 5000, within: 5000, startWithin: 5000 };
      const complain = (line: string): void => void lines.push(line);
      const store = await SharedStore.open({ ...patience, clock, complain, ...options });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
    },
  };
}

/** Until it is so, and not for ever. */
export async function until(isSo: () => boolean | Promise<boolean>, what = `${isSo}`): Promise<void> {
  const end = realClock.now() + 10_000;
  while (!(await isSo())) {
    if (realClock.now() > end) throw new Error(`It does not come to be: ${what}`);
    await new Promise<void>((resolve) => void setTimeout(resolve, 2));
  }
}
