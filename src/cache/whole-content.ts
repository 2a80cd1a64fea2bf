/** Content that is all here, in one piece. */

import type { Content } from "./store.ts";

/**
 * Bytes as the content of a stored response.
 *
 * @example
 * wholeContent(utf8("hello")).read(1, 3); // Uint8Array [101, 108, 108]
 */
export const wholeContent = (bytes: Uint8Array): Content => ({
  length: bytes.length,
  ranges: undefined,
  read: (first, last) => bytes.subarray(first, last + 1),
});
