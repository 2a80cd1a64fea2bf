/** A stored response in memory, which may be one of a million: everything it needs is on it, and nothing that it does not. */

import { ownText } from "../base/bytes.ts";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import type { Evictable } from "./eviction/evictable.ts";
import { bufferWeight, bytesOf, type Held, lengthOf, readFrom, sizeOf } from "./memory-store-held.ts";
import { Pieces } from "./memory-store-pieces.ts";
import type { Said, Selecting } from "./said.ts";
import type { Content, Stored } from "./store.ts";

/** What an item takes besides its texts and its content: itself, three numbers, its place in the index. */
const ITEM = 440;

/** A text takes this besides its letters, with its place in a list. */
const TEXT = 32;

/** A name and a value: an array of two, and its place in another. */
const PAIR = 96;

/** Most have none; those share it. */
const NONE: readonly never[] = Object.freeze([]);

/**
 * Is its own content: one object less. What was said is its own property, so that `{ ...stored }` says it, too.
 *
 * @example
 * const filling = new MemoryStore().open(said);
 * filling?.write(utf8("hi"));
 * const item = filling?.end() as StoredInMemory;
 * item.bytes; // Uint8Array [104, 105]
 */
export class StoredInMemory implements Stored, Content, Evictable<StoredInMemory> {
  // What every request looks at comes first: it is one line of the processor's cache.
  readonly key: string;
  mark = 0;
  /** These two belong to who answers requests: until when he need not look any closer, and what he has made ready. */
  freshUntil = 0;
  answer: unknown = undefined;
  /** Another one of the same key. */
  sibling: StoredInMemory | undefined = undefined;

  /** What is not in the store any more weighs nothing. */
  weight: number;
  readonly hash: number;
  newer: StoredInMemory | undefined = undefined;
  older: StoredInMemory | undefined = undefined;

  readonly status: number;
  readonly reason: string | undefined;
  readonly lines: string;
  readonly requestTime: number;
  readonly responseTime: number;
  readonly selecting: Selecting;
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  readonly isInvalid: boolean;
  readonly isAuthorized: boolean;
  readonly held: Held;

  /** `key` as it is, since siblings share it; all other texts are copied: they may be cut out of something larger. */
  constructor(key: string, hash: number, said: Said, held: Held) {
    this.key = key;
    this.status = said.status;
    this.reason = said.reason === undefined ? undefined : ownText(said.reason);
    this.lines = ownText(said.lines);
    this.requestTime = said.requestTime;
    this.responseTime = said.responseTime;
    this.selecting = said.selecting.length === 0 ? NONE : said.selecting.map(ownPair);
    this.tags = said.tags.length === 0 ? NONE : said.tags.map(ownText);
    this.groups = said.groups.length === 0 ? NONE : said.groups.map(ownText);
    this.isInvalid = said.isInvalid;
    this.isAuthorized = said.isAuthorized;
    this.held = held;
    this.hash = hash;
    this.weight = weightOf(this);
  }

  get content(): Content {
    return this;
  }

  get length(): number {
    return lengthOf(this.held);
  }

  get ranges(): readonly ByteRange[] | undefined {
    return this.held instanceof Pieces ? this.held.ranges : undefined;
  }

  read(first: number, last: number): Uint8Array | Body {
    return readFrom(this.held, first, last);
  }

  /** The whole content, where all of it is here. */
  get bytes(): Uint8Array | undefined {
    return bytesOf(this.held);
  }

  /** How many bytes of content are here. */
  get size(): number {
    return sizeOf(this.held);
  }
}

/** What an item takes in memory. */
function weightOf({ key, lines, reason, selecting, tags, groups, held }: StoredInMemory): number {
  let weight = ITEM + textWeight(key) + textWeight(lines) + bufferWeight(held);
  if (typeof held === "string") weight += TEXT + held.length;
  if (reason !== undefined) weight += textWeight(reason);
  for (const [name, value] of selecting)
    weight += PAIR + textWeight(name) + (value === undefined ? 0 : textWeight(value));
  for (const tag of tags) weight += textWeight(tag);
  for (const group of groups) weight += textWeight(group);
  return weight;
}

const ownPair = ([name, value]: Selecting[number]): Selecting[number] => [
  ownText(name),
  value === undefined ? undefined : ownText(value),
];

/** HTTP's texts have a byte a letter, but nobody keeps others from saying more. */
const textWeight = (text: string): number => TEXT + (WIDE.test(text) ? 2 : 1) * text.length;

const WIDE = /[^\0-\xff]/;
