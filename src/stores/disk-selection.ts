/** Which responses of a disk store a purge means, some at a time. */

import { meaning } from "../cache/selection.ts";
import type { Selection } from "../cache/store.ts";
import type { Cursor, DiskIndex } from "./disk-index.ts";

/** Takes a few milliseconds, in which nobody is served. */
const SOME = 256;

/** Behind every letter. */
const LAST = "\u{10ffff}";

/**
 * Their ids. What is asked for between two lots is seen as it is then; what is stored after the beginning is not meant.
 *
 * @internal
 */
export function* meant(index: DiskIndex, which: Selection): Generator<number[]> {
  const newest = index.newestId;
  for (const ids of candidates(index, which)) yield ids.filter((id) => id <= newest);
}

function* candidates(index: DiskIndex, which: Selection): Generator<number[]> {
  switch (which.by) {
    case "everything":
      return yield* between(index);
    case "prefix":
      return yield* between(index, which.prefix, which.prefix + LAST);
    case "url":
      yield* between(index, which.url, `${which.url}\0`);
      return yield* between(index, `${which.url} `, `${which.url} ${LAST}`);
    case "host":
      for (const scheme of ["http", "https"]) {
        const origin = `${scheme}://${which.host.toLowerCase()}`;
        for (const ids of between(index, origin, origin + LAST)) yield those(index, ids, which);
      }
      return;
    case "tag":
      return yield* tagged(index, which.tag);
    case "group":
      for (const ids of tagged(index, which.group)) yield those(index, ids, which);
  }
}

/**
 * Those whose key is not before the one and before the other.
 *
 * @internal
 */
export function* between(index: DiskIndex, from = "", end = LAST): Generator<number[]> {
  // Every variant has a letter at least.
  let after: Cursor = { key: from, variant: "" };
  for (;;) {
    const some = index.ids(after, end, SOME);
    yield some.map(({ id }) => id);
    if (some.length < SOME) return;
    after = some.at(-1)!;
  }
}

function* tagged(index: DiskIndex, name: string): Generator<number[]> {
  for (let after = 0; ; ) {
    const ids = index.tagged(name, after, SOME);
    yield ids;
    if (ids.length < SOME) return;
    after = ids.at(-1)!;
  }
}

/** Those of them that are really meant. */
function those(index: DiskIndex, ids: number[], which: Selection): number[] {
  const means = meaning(which);
  return ids.filter((id) => {
    const entry = index.entry(id);
    return typeof entry === "object" && means(entry.said);
  });
}
