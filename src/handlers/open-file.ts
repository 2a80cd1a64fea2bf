/** Opens a file for reading, and makes sure that it is the one that was looked up. */

import { constants } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import { stateOf } from "./file-state.ts";
import { isAbsence, isWithin, type Origin } from "./within.ts";

/** A symlink is not followed, and a FIFO would not be waited for, if one has taken the file's place meanwhile. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The file, open; undefined where it is not there any more in this state, so that one must look again.
 * Fails as `open` does: EACCES, EMFILE …
 *
 * @example
 * const root = process.cwd();
 * const place = await look(`${root}/package.json`, { root }, Date.now());
 * const handle = await openFile(place!.file!, Date.now());
 * await handle?.close();
 */
export async function openFile(origin: Origin, date: number): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(origin.path, READ);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    const isSame = stats.isFile() && stateOf(stats, date).identity === origin.state.identity;
    if (isSame && isWithin(await whereIs(handle, origin.path), origin)) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/**
 * Where an open file really is. Somebody who may write below the root could put a symlink in a folder's place between
 * the look and the opening; Linux tells where that led. Elsewhere the path has to be believed.
 */
async function whereIs(handle: FileHandle, path: string): Promise<string> {
  if (process.platform !== "linux") return path;
  return readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
}

/**
 * All of a file, in one piece; undefined where it was changed meanwhile.
 *
 * @example
 * const root = process.cwd();
 * const place = await look(`${root}/package.json`, { root }, Date.now());
 * const bytes = await readFile(place!.file!, Date.now());
 */
export async function readFile(origin: Origin, date: number): Promise<Uint8Array | undefined> {
  const handle = await openFile(origin, date);
  if (handle === undefined) return undefined;
  try {
    // Not out of Node's pool of small buffers, which one that stays would keep from being freed.
    const bytes = Buffer.allocUnsafeSlow(origin.state.length);
    if (!(await readExactly(handle, bytes, 0))) return undefined;
    const after = stateOf(await handle.stat({ bigint: true }), date);
    return after.identity === origin.state.identity ? bytes : undefined;
  } finally {
    await handle.close();
  }
}

/**
 * Fills the bytes with those of the file from there on; false where the file ends before.
 *
 * @example
 * const handle = await open("package.json");
 * const isThere = await readExactly(handle, new Uint8Array(10), 0);
 * await handle.close();
 */
export async function readExactly(handle: FileHandle, bytes: Uint8Array, from: number): Promise<boolean> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}
