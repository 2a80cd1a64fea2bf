/** Which bytes may stand where (RFC 9110 §5.6.2, §5.5; RFC 9112 §3): tables, one look for each byte. */

import { trimmed } from "./lists.ts";

function table(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
}

const TOKEN_LETTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** tchar: methods and field names are made of these. */
export const IS_TOKEN = table((byte) => TOKEN_LETTERS.includes(String.fromCharCode(byte)));

/** What a field value may hold: visible letters, space, tab, and obs-text (0x80 and up). */
export const IS_VALUE = table((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** What a start line may hold; spaces stand between its parts. A tab is none of them (RFC 9112 §3). */
export const IS_LINE = table((byte) => byte >= 0x20 && byte !== 0x7f);

/**
 * Whether the text is a token, as methods and field names must be.
 *
 * @example
 * isToken("Content-Type"); // true
 */
export function isToken(text: string): boolean {
  if (text === "") return false;
  for (let i = 0; i < text.length; i++) if (IS_TOKEN[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/**
 * Whether the text may be a field's value: one line, no control letters, one byte a letter.
 *
 * @example
 * isFieldValue("a\r\nb"); // false
 */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (IS_VALUE[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/**
 * The elements of a comma-separated list (RFC 9110 §5.6.1), without white space and empty ones.
 * For lists of tokens: a comma within quotes would split too.
 *
 * @example
 * elements("close, , TE"); // ["close", "TE"]
 */
export function elements(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .split(",")
    .map((element) => trimmed(element))
    .filter((element) => element !== "");
}
