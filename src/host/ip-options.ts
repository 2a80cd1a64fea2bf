/** The options behind an IPv4 header: which are refused, and which go along into each fragment (RFC 791 §3.1). */

/** One byte each; all others say their length. */
const END = 0;
const NOTHING = 1;

const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;

/** The bit that says "copy me into all fragments". */
const COPIED = 0x80;

/**
 * At which byte of the options something is wrong; undefined where nothing is.
 *
 * @example
 * misfit(Uint8Array.of(7, 3, 4, 0)); // undefined
 * misfit(Uint8Array.of(1, 7, 9, 4)); // 2
 */
export const misfit = (options: Uint8Array): number | undefined => read(options).wrongAt;

/**
 * Whether the sender wants to say which way the packet goes. Answers would go that way as well, past whoever should
 * have checked it, so today nobody takes such packets (RFC 7126 §4.3, §4.4; Linux neither).
 *
 * @example
 * hasSourceRoute(Uint8Array.of(131, 3, 4, 0)); // true
 */
export function hasSourceRoute(options: Uint8Array): boolean {
  return read(options).found.some(([type]) => type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE);
}

/**
 * What a fragment that is not the first has of them.
 *
 * @example
 * copiedOptions(Uint8Array.of(7, 3, 4, 148, 4, 0, 0, 0)); // Uint8Array [148, 4, 0, 0]
 */
export function copiedOptions(options: Uint8Array): Uint8Array {
  const copied = read(options).found.filter(([type]) => (type! & COPIED) !== 0);
  const length = copied.reduce((sum, option) => sum + option.length, 0);
  // Zeros fill it up to whole words: "end of options".
  const bytes = new Uint8Array((length + 3) & ~3);
  let at = 0;
  for (const option of copied) {
    bytes.set(option, at);
    at += option.length;
  }
  return bytes;
}

/** Those that say their length, up to the first one that is wrong. */
function read(options: Uint8Array): { found: readonly Uint8Array[]; wrongAt: number | undefined } {
  const found: Uint8Array[] = [];
  for (let at = 0; at < options.length && options[at] !== END; ) {
    if (options[at] === NOTHING) at += 1;
    else {
      const length = options[at + 1];
      if (length === undefined || length < 2 || at + length > options.length) return { found, wrongAt: at + 1 };
      found.push(options.subarray(at, at + length));
      at += length;
    }
  }
  return { found, wrongAt: undefined };
}
