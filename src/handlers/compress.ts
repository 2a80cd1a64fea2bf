/** Makes content smaller for the way (RFC 9110 §8.4.1, RFC 7932, RFC 8878), a few at a time. */

import { promisify } from "node:util";
import { isCompressible } from "../http/media.ts";
import { Gate } from "./gate.ts";

export type Coding = "br" | "zstd" | "gzip";

/** Of codings a client likes equally well, the first: by how small they make text. */
export const CODINGS: readonly Coding[] = ["br", "zstd", "gzip"];

/** What fits into one packet with its head takes one packet, however little it is. */
const LEAST = 1024;

/** Above this somebody would wait for a quarter of a second and more, and a core with them. */
const MOST = 8 * 1024 * 1024;

/** What is hardly smaller is not worth the client's trouble. */
const WORTH = 0.95;

/** Levels of about 30 MB/s each; the next ones take twice the time for one percent less. */
const COMPRESSORS: Readonly<Record<Coding, (zlib: Zlib, bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: ({ brotliCompress, constants }, bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  zstd: ({ zstdCompress, constants }, bytes) =>
    promisify(zstdCompress)(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 6 } }),
  gzip: ({ gzip }, bytes) => promisify(gzip)(bytes, { level: 6 }),
};

type Zlib = typeof import("node:zlib");

/** Each holds its content whole, and zlib works on threads that files are read on, too: some must be left for those. */
const gate = new Gate({ limit: 2, queue: Number.POSITIVE_INFINITY });

/**
 * Whether compressing content of this type and length may help anybody.
 *
 * @example
 * isWorthCompressing("text/html", 100); // false
 */
export const isWorthCompressing = (type: string, length: number): boolean =>
  length >= LEAST && length <= MOST && isCompressible(type);

/**
 * The bytes in a content coding; undefined where that makes them hardly smaller.
 *
 * @example
 * const smaller = await compress("gzip", utf8("tomato ".repeat(1000)));
 */
export async function compress(coding: Coding, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  // Loaded when first needed, so that a server is not up later for it.
  const compressed = await COMPRESSORS[coding](await import("node:zlib"), bytes);
  return compressed.length <= bytes.length * WORTH ? compressed : undefined;
}

/**
 * Does the work of getting content and compressing it once its turn has come: two at a time, in the order they came.
 *
 * @example
 * const smaller = await inTurn(async () => compress("gzip", utf8("tomato ".repeat(1000))));
 */
export async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const leave = await gate.enter();
  try {
    return await work();
  } finally {
    leave?.();
  }
}
