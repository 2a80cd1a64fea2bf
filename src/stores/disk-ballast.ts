/** A little room that a disk store holds in reserve, and throws off when the disk is full. */

import { randomBytes } from "node:crypto";
import { statfsSync, unlinkSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Even to remove something SQLite needs room for a moment: its log has to go to its place, and may be a megabyte. Without
 * any, nothing could be removed from a disk that is full, and it would stay so.
 */
const SIZE = 2 * 1024 * 1024;

/** What is not to be had for content, on a disk that is full: this, and as much for the log. */
const RESERVED = 2 * SIZE;

const pathIn = (folder: string): string => join(folder, "reserve");

/**
 * Takes it on, if it is not there; where there is no room for it, does without. Of noise: some file systems would know
 * how to keep nothing in no room.
 *
 * @internal
 */
export async function takeOnBallast(folder: string): Promise<void> {
  const path = pathIn(folder);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.size === SIZE) return;
  await writeFile(path, randomBytes(SIZE), { mode: 0o600 }).catch(() => throwOffBallast(folder));
}

/**
 * Makes room, at once.
 *
 * @internal
 */
export function throwOffBallast(folder: string): void {
  try {
    unlinkSync(pathIn(folder));
  } catch {
    // Then there is none to throw off.
  }
}

/**
 * How many bytes more content could have on this disk; less than none where it should be less than it is.
 *
 * @internal
 */
export function roomOnDisk(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize - RESERVED;
}
