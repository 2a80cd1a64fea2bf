/** Stores that outlive the process, opened by who asks for them: what they are made of is loaded then. */

import type { DiskOptions, DiskStore } from "./disk-store.ts";
import type { SharedStore, SharedStoreOptions } from "./shared-store.ts";

/**
 * A folder on a disk. Fails with a line for people where it cannot be used, or is in use.
 *
 * @example
 * const folder = `/tmp/maitred-opened-${process.pid}`;
 * const store = await openDiskStore({ folder, budget: 64 * 1024 ** 2, clock: realClock, complain: () => {} });
 * await store.close();
 * const { rmSync } = await import("node:fs");
 * rmSync(folder, { recursive: true });
 */
export async function openDiskStore(options: DiskOptions): Promise<DiskStore> {
  const { DiskStore } = await import("./disk-store.ts");
  return DiskStore.open(options);
}

/**
 * A Redis or Valkey. A TypeError where its URL cannot be used; one that does not answer is complained of, and awaited.
 *
 * @example
 * const store = await openSharedStore({ url: "redis://localhost:1", startWithin: 1, complain: () => {} });
 * await store.find("http://localhost/"); // []
 * await store.close();
 */
export async function openSharedStore(options: SharedStoreOptions): Promise<SharedStore> {
  const { SharedStore } = await import("./shared-store.ts");
  return SharedStore.open(options);
}
