/** Comma-separated lists whose elements may hold quoted strings (RFC 9110 §5.6.1, §5.6.4). */

/**
 * The elements as they stand there, without white space around them and without empty ones. A comma within quotes does
 * not part them; but a quote that never ends quotes nothing, so that it does not hide what comes behind it.
 *
 * @example
 * quotedElements('a="1, 2", b'); // ['a="1, 2"', "b"]
 */
export function quotedElements(value: string): string[] {
  const elements: string[] = [];
  let from = 0;
  // Where one quote does not end, none behind it does.
  let mayQuote = true;
  for (let at = 0; at < value.length; at++) {
    const letter = value.charCodeAt(at);
    if (letter === COMMA) {
      elements.push(trimmed(value, from, at));
      from = at + 1;
    } else if (letter === QUOTE && mayQuote) {
      const end = endOfQuoted(value, at);
      mayQuote = end !== undefined;
      at = end ?? at;
    }
  }
  elements.push(trimmed(value, from, value.length));
  return elements.filter((element) => element !== "");
}

/** Where the quoted string that begins here ends. */
function endOfQuoted(value: string, start: number): number | undefined {
  for (let at = start + 1; at < value.length; at++) {
    const letter = value.charCodeAt(at);
    if (letter === QUOTE) return at;
    if (letter === BACKSLASH) at++;
  }
  return undefined;
}

/**
 * What stands there, without spaces and tabs around it. `trim` takes more, the byte 0xA0 too: "\xa0chunked" is not
 * "chunked".
 *
 * @example
 * trimmed(" a ;", 0, 3); // "a"
 */
export function trimmed(text: string, from = 0, end = text.length): string {
  let [first, beyond] = [from, end];
  while (first < beyond && isBlank(text.charCodeAt(first))) first++;
  while (beyond > first && isBlank(text.charCodeAt(beyond - 1))) beyond--;
  return text.slice(first, beyond);
}

const isBlank = (letter: number): boolean => letter === 0x20 || letter === 0x09;

/**
 * What a quoted string says; undefined where the text is none.
 *
 * @example
 * unquoted('"a \\"b\\""'); // 'a "b"'
 */
export function unquoted(text: string): string | undefined {
  return QUOTED.test(text) ? text.slice(1, -1).replace(/\\(.)/g, "$1") : undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const QUOTED = /^"(?:[^"\\]|\\.)*"$/;
