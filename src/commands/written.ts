/** Writing to who reads slowly, or has left. */

import type { Writable } from "node:stream";

/**
 * Resolves when it is written, so that what is still to be read is bounded: false where nobody reads any more.
 *
 * @example
 * await written(""); // true
 */
export const written = (what: string | Uint8Array, to: Writable = process.stdout): Promise<boolean> =>
  new Promise((resolve) => to.write(what, (error) => resolve(error === undefined || error === null)));
