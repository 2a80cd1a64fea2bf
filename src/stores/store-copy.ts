/** A stored response, stored once more elsewhere. */

import { type Said, saidOf } from "../cache/said.ts";
import type { Filling, Soon, Store, Stored } from "../cache/store.ts";
import type { ByteRange } from "../http/ranges.ts";

/** In pieces: what is read at once is in memory at once. */
const PIECE = 256 * 1024;

/**
 * Whether one of them takes the other's place: both have the same key, and answer the same requests.
 *
 * @example
 * isAlike(stored, { key: stored.key, selecting: [["accept", "a"]] }); // false
 */
export const isAlike = (a: Pick<Said, "key" | "selecting">, b: Pick<Said, "key" | "selecting">): boolean =>
  a.key === b.key &&
  a.selecting.length === b.selecting.length &&
  a.selecting.every(([name, value], i) => name === b.selecting[i]![0] && value === b.selecting[i]![1]);

/**
 * Stores a response in another store, if that wants it, and if it is `stillWanted` when all of it has been read. Undefined where
 * that is not so. Fails where it cannot be read after all: it is damaged, or gone.
 *
 * @example
 * const copy = await copyInto(new MemoryStore(), stored, () => true);
 * copy?.content.length; // 5
 */
export async function copyInto(store: Store, stored: Stored, stillWanted: () => boolean): Promise<Stored | undefined> {
  const { content } = stored;
  const ranges = content.ranges ?? [{ first: 0, last: content.length - 1 }];
  let copy: Stored | undefined;
  for (const range of ranges) {
    copy = await copyRange(store, stored, range, copy, stillWanted);
    if (copy === undefined) return undefined;
  }
  return copy;
}

/**
 * The same with one stretch of it, joined to what is there already.
 *
 * @internal
 */
export async function copyRange(
  store: Store,
  stored: Stored,
  { first, last }: ByteRange,
  onto: Stored | undefined,
  stillWanted: () => boolean,
): Promise<Stored | undefined> {
  const isPart = stored.content.ranges !== undefined || onto !== undefined;
  const filling = store.open(saidOf(stored), { first, size: last - first + 1, onto });
  if (filling === undefined) return undefined;
  try {
    const isFilled = last < first || (await pour(stored, first, last, filling));
    if (isFilled && stillWanted()) return await filling.end(isPart ? stored.content.length : undefined);
  } catch (error) {
    filling.abort();
    throw error;
  }
  filling.abort();
  return undefined;
}

async function pour({ content }: Stored, first: number, last: number, filling: Filling): Promise<boolean> {
  const bytes = content.read(first, last);
  if (bytes instanceof Uint8Array) return pourBytes(bytes, filling);
  for (let part = await bytes.read(); part !== undefined; part = await bytes.read()) {
    if (await filling.write(part)) continue;
    bytes.cancel();
    return false;
  }
  return true;
}

function pourBytes(bytes: Uint8Array, filling: Filling): Soon<boolean> {
  if (bytes.length <= PIECE) return filling.write(bytes);
  return pourPieces(bytes, filling);
}

async function pourPieces(bytes: Uint8Array, filling: Filling): Promise<boolean> {
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (!(await filling.write(bytes.subarray(at, at + PIECE)))) return false;
  }
  return true;
}
