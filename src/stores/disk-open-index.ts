/** Opens the index of a disk store; one that cannot be gone on with is put aside, and there is an empty one. */

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DiskIndex, ForeignIndex } from "./disk-index.ts";
import { primary } from "./disk-lock.ts";
import { wordsOf } from "./disk-trouble.ts";

/** SQLITE_ERROR: what is asked for makes no sense to it; an index that has no such table is not ours. */
const NONSENSE = 1;
/** SQLITE_CORRUPT, SQLITE_FORMAT, SQLITE_NOTADB. */
const DAMAGE = [11, 24, 26];

/**
 * Whether an error says that the index is no good, and never will be.
 *
 * @internal
 */
export const isDamage = (error: unknown): boolean =>
  error instanceof ForeignIndex || DAMAGE.includes(primary(error) ?? 0);

/**
 * Fails where there can be no index at all: as SQLite and the file system do. Ids are newer than the one that is given.
 *
 * @internal
 */
export function openIndex(folder: string, newestId: number, complain: (message: string) => void): DiskIndex {
  const path = join(folder, "index");
  try {
    return new DiskIndex(path, newestId);
  } catch (error) {
    if (!isDamage(error) && primary(error) !== NONSENSE) throw error;
    setIndexAside(folder, error, complain);
    return new DiskIndex(path, newestId);
  }
}

/**
 * Of several that were put aside the last one stays.
 *
 * @internal
 */
export function setIndexAside(folder: string, reason: unknown, complain: (message: string) => void): void {
  const aside = join(folder, "damaged");
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(join(aside, `index${end}`), { force: true });
    try {
      renameSync(join(folder, `index${end}`), join(aside, `index${end}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  const place = join(aside, "index");
  complain(`Cannot use the index of the cache: ${wordsOf(reason)}; it is now "${place}", and the cache begins empty`);
}
