/** Parts of a representation, counted in bytes (RFC 9110 §14). */

/** From the first to the last byte, both counted from 0, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More parts than this nobody needs who means well; they cost a head each (RFC 9110 §17.15). */
const MOST_RANGES = 64;

/**
 * Which bytes of `length` a Range field asks for.
 *
 * - `undefined`: the field does not count, send everything: there is none, it has another unit, it is malformed
 *   (one bad range spoils all, §14.1.1), the representation is empty (§14.2 allows it, and a reader that always
 *   asks for "0-" is glad), or so many ranges are left that they look like an attack.
 * - `"unsatisfiable"`: none of the ranges begins within the representation; answer 416.
 * - else the ranges within the representation, in the order asked for. If any of them overlap or touch, then those
 *   become one and all are in ascending order: nobody gets a byte twice, and a thousand times "0-" is one range.
 *
 * @example
 * parseRanges("bytes=0-99, -1", 1000); // [{ first: 0, last: 99 }, { first: 999, last: 999 }]
 */
export function parseRanges(value: string | undefined, length: number): ByteRange[] | "unsatisfiable" | undefined {
  if (value === undefined || length === 0) return undefined;
  const unit = /^bytes=/i.exec(value);
  if (unit === null) return undefined;

  let specs = 0;
  const ranges: ByteRange[] = [];
  for (const element of value.slice(unit[0].length).split(",")) {
    const spec = RANGE_SPEC.exec(element);
    if (spec === null) {
      if (EMPTY.test(element)) continue;
      return undefined;
    }
    specs++;
    const [, first, last = "", suffix = ""] = spec;
    if (first === undefined) {
      const suffixLength = Math.min(Number(suffix), length);
      if (suffixLength > 0) ranges.push({ first: length - suffixLength, last: length - 1 });
      continue;
    }
    if (isBackwards(first, last)) return undefined;
    if (Number(first) >= length) continue;
    ranges.push({ first: Number(first), last: last === "" ? length - 1 : Math.min(Number(last), length - 1) });
  }
  if (specs === 0) return undefined;
  if (ranges.length === 0) return "unsatisfiable";

  const apart = merge(ranges);
  return apart.length > MOST_RANGES ? undefined : apart;
}

/**
 * The value of a Content-Range field (§14.4).
 *
 * @example
 * contentRange({ first: 0, last: 99 }, 1000); // "bytes 0-99/1000"
 */
export const contentRange = ({ first, last }: ByteRange, length: number): string => `bytes ${first}-${last}/${length}`;

/**
 * The value of a Content-Range field in a 416: the length, and a star for the range (§15.5.17).
 *
 * @example
 * unsatisfied(1000).split("/"); // ["bytes *", "1000"]
 */
export const unsatisfied = (length: number): string => `bytes */${length}`;

/** int-range = first-pos "-" [ last-pos ], suffix-range = "-" suffix-length; with the spaces a list may have. */
const RANGE_SPEC = /^[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/;
const EMPTY = /^[ \t]*$/;

/** Numbers too large to be exact are beyond every representation, but may still be in the wrong order. */
function isBackwards(first: string, last: string): boolean {
  if (last === "") return false;
  return Number.isSafeInteger(Number(last)) ? Number(last) < Number(first) : BigInt(last) < BigInt(first);
}

/** Makes one of those that overlap or touch; leaves everything as it is where none do. */
function merge(ranges: ByteRange[]): ByteRange[] {
  if (ranges.length < 2) return ranges;
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged.length < ranges.length ? merged : ranges;
}
