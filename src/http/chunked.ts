/** The chunked transfer coding (RFC 9112 §7.1): sizes in hexadecimal, data, at last a trailer section. */

import { fromLatin1, latin1 } from "../base/bytes.ts";
import type { Fields } from "./fields.ts";
import { HeadReader } from "./head.ts";
import type { Inbox } from "./inbox.ts";
import type { Limits } from "./limits.ts";
import { ProtocolError } from "./message.ts";

const CR = 0x0d;
const LF = 0x0a;

/** 13 digits are 2⁵², which a number still counts exactly; no chunk is that long. */
const SIZE =
  /^([0-9a-fA-F]{1,13})((?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~\w-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*)$/;

/** Far longer than a size; what is longer has extensions, which count against their limit. */
const SIZE_LINE = 16;

type State = "size" | "data" | "end of data" | "trailer" | "done";

/**
 * Reads one message's content off an inbox; strict, since what is read leniently here is smuggling elsewhere.
 *
 * @internal
 */
export class ChunkedReader {
  readonly #limits: Limits;
  #state: State = "size";
  /** Bytes of this chunk still to come. */
  #left = 0;
  #extensions = 0;
  #trailerReader: HeadReader | undefined;
  trailers: Fields | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** The next piece of data, as a view of the inbox; undefined where more must come first, or all is done. */
  read(inbox: Inbox): Uint8Array | undefined {
    for (;;) {
      switch (this.#state) {
        case "size": {
          const size = this.#readSize(inbox);
          if (size === undefined) return undefined;
          this.#left = size;
          this.#state = size === 0 ? "trailer" : "data";
          break;
        }
        case "data": {
          const part = inbox.take(this.#left);
          if (part === undefined) return undefined;
          this.#left -= part.length;
          if (this.#left === 0) this.#state = "end of data";
          return part;
        }
        case "end of data":
          if (inbox.length >= 1 && inbox.bytes[inbox.at] !== CR) throw missingCrlf();
          if (inbox.length < 2) return undefined;
          if (inbox.bytes[inbox.at + 1] !== LF) throw missingCrlf();
          inbox.skip(2);
          this.#state = "size";
          break;
        case "trailer": {
          const { trailer, field } = this.#limits;
          this.#trailerReader ??= new HeadReader(
            { ...this.#limits, fields: trailer, field: Math.min(field, trailer) },
            false,
          );
          const head = this.#trailerReader.read(inbox);
          if (head === undefined) return undefined;
          if (head.fields.size > 0) this.trailers = head.fields;
          this.#state = "done";
          return undefined;
        }
        case "done":
          return undefined;
      }
    }
  }

  #readSize(inbox: Inbox): number | undefined {
    const { bytes, at, end } = inbox;
    const room = SIZE_LINE + this.#limits.chunkExtensions - this.#extensions;
    const lf = bytes.subarray(at, Math.min(end, at + room)).indexOf(LF);
    if (lf < 0) {
      if (end - at >= room) throw new ProtocolError(400, "Cannot read a chunk: its size line is too long");
      return undefined;
    }
    const line = latin1(bytes, at, at + lf);
    const match = line.endsWith("\r") ? SIZE.exec(line.slice(0, -1)) : null;
    if (match === null) throw new ProtocolError(400, "Cannot read a chunk: its size is not a hexadecimal number");
    this.#extensions += match[2]!.length;
    inbox.skip(lf + 1);
    return Number.parseInt(match[1]!, 16);
  }
}

const missingCrlf = () => new ProtocolError(400, "Cannot read a chunk: its data does not end where its size says");

/**
 * What goes before a chunk's data; `\r\n` goes after it.
 *
 * @example
 * chunkHead(255); // "ff\r\n"
 */
export const chunkHead = (length: number): string => `${length.toString(16)}\r\n`;

/**
 * The last chunk, with the trailer section.
 *
 * @example
 * latin1(lastChunk()); // "0\r\n\r\n"
 */
export function lastChunk(trailers?: Fields): Uint8Array {
  return trailers === undefined ? LAST_CHUNK : fromLatin1(`0\r\n${trailers.print()}\r\n`);
}

const LAST_CHUNK = fromLatin1("0\r\n\r\n");
