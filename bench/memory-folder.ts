/** A folder whose files are in memory, where the system has such: for caches that keep files, and for logs that nobody reads. */

import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SHARED_MEMORY = "/dev/shm";

const made: string[] = [];
process.on("exit", () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
// Memory that nobody gives back is dearer than a file that is left.
process.once("SIGINT", () => process.exit(130));

/** Makes one, which is gone when we are. */
export function memoryFolder(): string {
  const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "maitred-bench-"));
  // A server that lets go of root must still be able to enter.
  chmodSync(folder, 0o755);
  made.push(folder);
  return folder;
}
