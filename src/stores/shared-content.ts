/** The content of a response in a shared store: bytes that came with it, or pieces that are fetched as they are read. */

import type { Content } from "../cache/store.ts";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import { type Entry, rangesOf, type Span } from "./shared-entry.ts";

/** Bytes of a piece, from one to another, both included; undefined where they cannot be had. */
export type Fetch = (id: string, from: number, to: number) => Promise<Uint8Array | undefined>;

/** Fetched at a time: some hundreds of them fill a connection of a gigabit a second, and none holds up others for long. */
const AT_A_TIME = 256 * 1024;

/**
 * Also knows which entry it belongs to: what is to be done to a response is done to that one, and no later one.
 *
 * @internal
 */
export class SharedContent implements Content {
  readonly length: number;
  readonly ranges: readonly ByteRange[] | undefined;
  readonly entry: Entry;
  readonly #fetch: Fetch;

  constructor(entry: Entry, fetch: Fetch) {
    this.entry = entry;
    this.length = entry.length;
    this.ranges = rangesOf(entry.spans, entry.length);
    this.#fetch = fetch;
  }

  read(first: number, last: number): Uint8Array | Body {
    const { spans, bytes } = this.entry;
    if (last < first) return new Uint8Array();
    if (spans[0]?.id !== undefined) return fetched(partsOf(spans, first, last), last - first + 1, this.#fetch);
    let before = 0;
    for (const { first: start, size } of spans) {
      if (first >= start && last < start + size)
        return bytes.subarray(before + first - start, before + last - start + 1);
      before += size;
    }
    throw new RangeError(`Cannot read bytes ${first} to ${last}: they are not here`);
  }
}

interface Part {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** What is to be fetched, in order. */
function partsOf(spans: readonly Span[], first: number, last: number): Part[] {
  const parts: Part[] = [];
  let next = first;
  for (const { first: start, size, id } of spans) {
    if (start > next) break;
    const end = Math.min(start + size - 1, last);
    for (; next <= end; next = Math.min(next + AT_A_TIME, end + 1)) {
      parts.push({ id: id!, from: next - start, to: Math.min(next + AT_A_TIME - 1, end) - start });
    }
  }
  if (next <= last) throw new RangeError(`Cannot read bytes ${first} to ${last}: they are not here`);
  return parts;
}

/** The next part is on its way while one is being sent on. */
function fetched(parts: readonly Part[], length: number, fetch: Fetch): Body {
  let at = 0;
  let coming: Promise<Uint8Array | undefined> | undefined;
  const next = (): Promise<Uint8Array | undefined> | undefined => {
    const part = parts[at++];
    return part && fetch(part.id, part.from, part.to);
  };
  return {
    length,
    async read() {
      const due = coming ?? next();
      if (due === undefined) return undefined;
      const { from, to } = parts[at - 1]!;
      coming = next();
      const bytes = await due;
      if (bytes?.length === to - from + 1) return bytes;
      at = parts.length;
      coming = undefined;
      throw new Error("Cannot read stored content: the shared store does not have it any more, or does not answer");
    },
    cancel() {
      at = parts.length;
      coming = undefined;
    },
  };
}
