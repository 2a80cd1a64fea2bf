/** Several parts of one representation in one message: multipart/byteranges (RFC 9110 §14.6). */

import { fromLatin1 } from "../base/bytes.ts";
import { type ByteRange, contentRange } from "../http/ranges.ts";

export interface Multipart {
  /** The media type of the whole, with its boundary. */
  readonly type: string;
  /** What stands between the ranges, and the ranges, in the order to send. */
  readonly parts: readonly (Uint8Array | ByteRange)[];
  /** In bytes, of everything. */
  readonly length: number;
}

/**
 * The message for these ranges of a representation with this type and length. The boundary must not occur in the
 * content, and nobody can look through all of it: it is one that nobody can guess.
 *
 * @example
 * multipart([{ first: 0, last: 0 }, { first: 9, last: 9 }], "text/plain", 10, "b").length; // 139
 */
export function multipart(
  ranges: readonly ByteRange[],
  type: string,
  length: number,
  boundary: string = crypto.randomUUID(),
): Multipart {
  const parts: (Uint8Array | ByteRange)[] = [];
  let total = 0;
  for (const range of ranges) {
    const head = fromLatin1(
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, length)}\r\n\r\n`,
    );
    parts.push(head, range);
    total += head.length + range.last - range.first + 1;
  }
  const end = fromLatin1(`\r\n--${boundary}--\r\n`);
  parts.push(end);
  return { type: `multipart/byteranges; boundary=${boundary}`, parts, length: total + end.length };
}
