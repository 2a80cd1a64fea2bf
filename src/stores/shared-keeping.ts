/** Puts a response into Redis: first its content, where nobody looks yet, then what is said of it, at one go. */

import { concat } from "../base/bytes.ts";
import type { Said, Selecting } from "../cache/said.ts";
import type { Place, Stored } from "../cache/store.ts";
import { SharedContent } from "./shared-content.ts";
import { type Entry, encodeHead, MOST_PIECES, rangesOf, type Span, sizeOf } from "./shared-entry.ts";
import type { SharedLink } from "./shared-link.ts";
import { printNews } from "./shared-news.ts";
import { ENTER, FRESHEN, KEEP } from "./shared-scripts.ts";

/** Content up to this many bytes comes with what is said of it: one answer of Redis, and no name of its own. */
const SHORT = 16 * 1024;

/** Bytes sent at a time; also one block of a filling or several. */
const AT_A_TIME = 256 * 1024;

/** How long content may wait for what is said of it, in milliseconds; without, nobody would ever find it. */
const UNFINISHED = 10 * 60_000;

/** Variants of one key; they all come with each lookup. */
const MOST_VARIANTS = 64;

/** Each is a set that must be told; a response with more would be expensive to keep, and is a mistake or an attack. */
const MOST_SETS = 500;

/**
 * How a variant is called among those of its key.
 *
 * @internal
 */
export const fieldOf = ({ selecting }: { selecting: Selecting }): string => JSON.stringify(selecting);

/** Content with its place: bytes that are still to be written, or a piece that is there. */
interface Part {
  readonly first: number;
  readonly size: number;
  readonly id?: string | undefined;
  readonly blocks?: readonly Uint8Array[];
}

/**
 * Stores what a filling has collected. Undefined where that does not come to pass: then nothing has changed.
 *
 * @internal
 */
export async function keep(
  link: SharedLink,
  what: { said: Said; place: Place; blocks: readonly Uint8Array[]; length: number | undefined },
): Promise<Stored | undefined> {
  const { said, place, blocks } = what;
  const onto = place.onto?.content instanceof SharedContent ? place.onto.content.entry : undefined;
  if (place.onto !== undefined && onto === undefined) return undefined;
  const first = place.first ?? 0;
  const size = blocks.reduce((sum, block) => sum + block.length, 0);
  const length = what.length ?? onto?.length ?? first + size;

  const parts = partsOf(onto);
  if (size > 0) parts.push({ first, size, blocks });
  parts.sort((a, b) => a.first - b.first);
  const isShort = parts.every(({ id }) => id === undefined) && sizeOf(asSpans(parts)) <= SHORT;
  if (!isShort && parts.length > MOST_PIECES) return undefined;

  const stamp = link.mark();
  const entry: Entry = isShort
    ? { said, stamp, length, spans: joined(parts, length), bytes: concat(parts.flatMap((part) => part.blocks ?? [])) }
    : { said, stamp, length, spans: asSpans(parts.map((part) => ({ id: link.mark(), ...part }))), bytes: NONE };
  const fresh = isShort ? [] : entry.spans.flatMap((span, i) => ({ span, blocks: parts[i]!.blocks ?? [] }));
  const isThere = await Promise.all([
    enter(link, said),
    ...fresh
      .filter(({ blocks }) => blocks.length > 0)
      .map(({ span, blocks }) => putPiece(link, said.key, span, blocks)),
  ]);
  const value = Buffer.concat([encodeHead(entry), entry.bytes]);
  const origin = onto === undefined ? ["", ""] : [fieldOf(onto.said), onto.stamp];
  const change = printNews(link.self, { is: "change", key: said.key });
  const words = [said.key, fieldOf(said), value, ...origin, link.maxAge, link.grace, MOST_VARIANTS];
  if (isThere.every((is) => is) && (await link.write(KEEP, said.key, ...words, link.names.channel, change))) {
    return link.storedOf(entry);
  }
  for (const { span, blocks } of fresh) {
    if (blocks.length > 0) void link.slowly((bulk) => bulk.ask("unlink", link.names.content(said.key, span.id!)));
  }
  return undefined;
}

/**
 * Says something else about a content that is there.
 *
 * @internal
 */
export async function freshen(link: SharedLink, old: Entry, said: Said): Promise<Stored | undefined> {
  const entry: Entry = { ...old, said, stamp: link.mark() };
  if (!(await enter(link, said))) return undefined;
  const change = printNews(link.self, { is: "change", key: said.key });
  const words = [said.key, fieldOf(old.said), old.stamp, fieldOf(said), encodeHead(entry), link.maxAge, link.grace];
  const isDone = await link.write(FRESHEN, said.key, ...words, link.names.channel, change);
  return isDone ? link.storedOf(entry) : undefined;
}

/** Where purges look for it: before it can be found, so that none of them misses it. */
async function enter(link: SharedLink, said: Said): Promise<boolean> {
  const sets = link.names.setsOf(said);
  if (sets.length === 0) return true;
  if (sets.length > MOST_SETS) return false;
  const entered = await Promise.all(sets.map((set) => link.writeTo([set], ENTER, said.key, link.maxAge)));
  return entered.every((is) => is);
}

/** In pieces, one after the other: were one lost, the next would find the wrong length. */
async function putPiece(
  link: SharedLink,
  key: string,
  { id, size }: Span,
  blocks: readonly Uint8Array[],
): Promise<boolean> {
  const name = link.names.content(key, id!);
  let sent = 0;
  for (let i = 0; i < blocks.length; ) {
    const from = i;
    let bytes = 0;
    do bytes += blocks[i++]!.length;
    while (i < blocks.length && bytes + blocks[i]!.length <= AT_A_TIME);
    const some = concat(blocks.slice(from, i));
    const reply = await link.put((bulk) =>
      sent === 0 ? bulk.ask("set", name, some, "PX", UNFINISHED) : bulk.ask("append", name, some),
    );
    if (reply === undefined || (sent > 0 && reply !== sent + bytes)) return false;
    sent += bytes;
  }
  return sent === size;
}

/** What there is of an entry. */
function partsOf(entry: Entry | undefined): Part[] {
  if (entry === undefined) return [];
  let before = 0;
  return entry.spans.map(({ first, size, id }) => {
    if (id !== undefined) return { first, size, id };
    const blocks = [entry.bytes.subarray(before, before + size)];
    before += size;
    return { first, size, blocks };
  });
}

const asSpans = (parts: readonly Part[]): Span[] => parts.map(({ first, size, id }) => ({ first, size, id }));

/** Those that touch become one. */
function joined(parts: readonly Part[], length: number): Span[] {
  const ranges = rangesOf(asSpans(parts), length);
  if (ranges === undefined) return length === 0 ? [] : [{ first: 0, size: length, id: undefined }];
  return ranges.map(({ first, last }) => ({ first, size: last - first + 1, id: undefined }));
}

const NONE = new Uint8Array();
