/** How many descriptors are open, for those who must not leak any. */

import { readdirSync } from "node:fs";

/** Of files, on Linux; elsewhere nobody can say, and it is always 0. */
export const openDescriptors = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

/** Closing takes a moment on another thread: waits until no more are open than so many, or for long enough to be sure. */
export async function descriptorsAtMost(count: number): Promise<boolean> {
  for (let turns = 0; turns < 2000 && openDescriptors() > count; turns++) await new Promise(setImmediate);
  return openDescriptors() <= count;
}
