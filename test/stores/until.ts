/** Waits for what is done on other threads, such as the closing of files. */

import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { openDescriptors } from "../handlers/descriptors.ts";

/** Until that is so, or for long enough to be sure that it will not be: each look stands in line behind what is done. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let looks = 0; looks < 2000; looks++) {
    if (await isSo()) return true;
    await stat(tmpdir());
  }
  return false;
}

export const descriptorsAtMost = (count: number): Promise<boolean> => until(() => openDescriptors() <= count);
