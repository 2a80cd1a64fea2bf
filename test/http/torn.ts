/** Three ways into every parser: whole, byte by byte, and with more behind it; and torn wherever chance says. */

import { concat, latin1 } from "../../src/base/bytes.ts";
import type { Fields } from "../../src/http/fields.ts";
import type { MessageReader } from "../../src/http/reader.ts";

/** What was read, in a shape that is easy to compare. */
export interface Heard<Start> {
  readonly start: Start;
  readonly content: string;
  readonly trailers: Record<string, string> | undefined;
}

/** Feeds the pieces one by one; gives all messages that could be read whole. */
export function hear<Start>(
  reader: MessageReader<Start>,
  pieces: Iterable<Uint8Array>,
  method = "GET",
): Heard<Start>[] {
  const heard: Heard<Start>[] = [];
  let start: Start | undefined;
  let content: Uint8Array[] = [];
  const read = (): void => {
    for (;;) {
      start ??= reader.head(method);
      if (start === undefined) return;
      for (let part = reader.content(); part !== undefined; part = reader.content()) content.push(part);
      if (!reader.isDone) return;
      heard.push({ start, content: latin1(concat([...content, new Uint8Array(0)])), trailers: plain(reader.trailers) });
      start = undefined;
      content = [];
    }
  };
  for (const piece of pieces) {
    // A copy for each, since what a reader was given is the reader's.
    reader.receive(new Uint8Array(piece));
    read();
  }
  reader.end();
  read();
  return heard;
}

export const plain = (fields: Fields | undefined): Record<string, string> | undefined =>
  fields === undefined ? undefined : Object.fromEntries(fields);

export function* oneByOne(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i++) yield bytes.subarray(i, i + 1);
}

/** Cuts at the given places. */
export function* cut(bytes: Uint8Array, places: readonly number[]): Generator<Uint8Array> {
  const sorted = [...places, bytes.length].map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const to of sorted) {
    if (to > from) yield bytes.subarray(from, to);
    from = to;
  }
  if (from < bytes.length) yield bytes.subarray(from);
}
