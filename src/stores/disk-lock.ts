/** A folder is one process's at a time; when the process is gone, however it went, it is anybody's. */

import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SQLITE_BUSY: somebody else has it; SQLITE_NOTADB: it is not a lock. */
const BUSY = 5;
const NOT_A_DATABASE = 26;

/**
 * Takes the folder, or fails with words for people; what it gives lets go of it. The lock is SQLite's on an empty
 * database: the system's own lock on a file, which needs no tidying up after `kill -9` (a file with a process's number
 * in it does), and which SQLite also keeps between two who are in the same process.
 *
 * @example
 * const { mkdtempSync, rmSync } = await import("node:fs");
 * const folder = mkdtempSync("/tmp/maitred-");
 * const unlock = lockFolder(folder);
 * unlock();
 * rmSync(folder, { recursive: true });
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock");
  try {
    return lock(path);
  } catch (error) {
    if (primary(error) === BUSY) throw new Error("another maitred is using it");
    if (primary(error) !== NOT_A_DATABASE) throw error;
    // Nobody could have locked that.
    rmSync(path);
    return lock(path);
  }
}

function lock(path: string): () => void {
  touch(path);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // Without a file for the journal, which would undo what is never done.
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    throw error;
  }
  return () => db.close();
}

/**
 * Makes an empty file that is for our eyes only. One that is there is not even opened: closing it again would let go of
 * all locks that this process has on it, which is how POSIX wants it.
 *
 * @internal
 */
export function touch(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/**
 * SQLite's number for what went wrong, without its details; undefined for other errors.
 *
 * @internal
 */
export function primary(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}
