/** A stored response, as the index of a disk store knows it, and as a row of its table. */

import { crc32 } from "node:zlib";
import type { Said } from "../cache/said.ts";
import { areWhole, parseSpans, type Span } from "./disk-spans.ts";
import { decodeSaid } from "./record.ts";

export interface Entry {
  readonly id: number;
  readonly said: Said;
  readonly length: number;
  readonly spans: readonly Span[];
  /** Where the content is: here, or in this file. */
  readonly content: Uint8Array | undefined;
  readonly file: string | undefined;
  /** Bytes of the file. */
  readonly disk: number;
  /** The generation that it was used in last. */
  readonly used: number;
}

/** What is asked for, and what comes. */
export const COLUMNS = "id, used, invalid, length, spans, disk, file, said, content";
export type Row = [number, number, number, number, string, number, string | null, Uint8Array, Uint8Array | null];

/**
 * Its id alone, where it is damaged.
 *
 * @internal
 */
export function entryOf([id, used, invalid, length, spansText, disk, file, record, content]: Row): Entry | number {
  const said = decodeSaid(record);
  const spans = parseSpans(spansText, length);
  if (said === undefined || spans === undefined) return id;
  if (content !== null) {
    const crc = spans[0]?.crc ?? 0;
    if (content.length !== length || !areWhole(spans, length) || crc32(content) !== crc) return id;
  } else if (file === null && length > 0) return id;
  const isInvalid = invalid === 1;
  return {
    id,
    said: said.isInvalid === isInvalid ? said : { ...said, isInvalid },
    length,
    spans,
    content: content ?? undefined,
    file: file ?? undefined,
    disk,
    used,
  };
}
