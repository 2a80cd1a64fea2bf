/** Entity tags: names for one state of one representation (RFC 9110 §8.8.3). */

/**
 * The tags of an If-Match or If-None-Match field, as they stand there, or "*" for any. Undefined where the
 * value is not such a list; commas within the quotes do not part it, empty elements are skipped (§5.6.1.2).
 *
 * @example
 * parseEntityTags('"a", W/"b,c"'); // ['"a"', 'W/"b,c"']
 */
export function parseEntityTags(value: string): readonly string[] | "*" | undefined {
  if (value === "*") return "*";
  const tags: string[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(value, at);
    if (at < value.length && value[at] !== ",") {
      const end = endOfTag(value, at);
      if (end === undefined) return undefined;
      tags.push(value.slice(at, end));
      at = skipSpace(value, end);
    }
    if (at === value.length) return tags.length > 0 ? tags : undefined;
    if (value[at] !== ",") return undefined;
    at++;
  }
}

/**
 * Whether the text is one entity tag and nothing else: `"…"` or `W/"…"`, without spaces around it, with a large W.
 *
 * @example
 * isEntityTag('W/"v1"'); // true
 */
export const isEntityTag = (text: string): boolean => endOfTag(text, 0) === text.length;

/**
 * Are they the same, byte for byte (§8.8.3.2)? A weak tag is the same as nothing, not even itself.
 *
 * @example
 * sameStrongly('"1"', '"1"'); // true
 * sameStrongly('W/"1"', 'W/"1"'); // false
 */
export const sameStrongly = (a: string, b: string): boolean => a === b && !a.startsWith("W/");

/**
 * Do they mean the same (§8.8.3.2)? Whether one or both are weak does not matter.
 *
 * @example
 * sameWeakly('W/"1"', '"1"'); // true
 */
export const sameWeakly = (a: string, b: string): boolean => opaque(a) === opaque(b);

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);

/** Where the tag that begins here ends; undefined where none does. */
function endOfTag(text: string, start: number): number | undefined {
  let at = text.startsWith("W/", start) ? start + 2 : start;
  if (text.charCodeAt(at) !== QUOTE) return undefined;
  for (at++; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === QUOTE) return at + 1;
    // etagc = %x21 / %x23-7E / obs-text; and the space that RFC 2616 allowed: some send it still, and it misleads nobody.
    if (letter < 0x20 || letter === 0x7f || letter > 0xff) return undefined;
  }
  return undefined;
}

function skipSpace(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

const QUOTE = 0x22;
