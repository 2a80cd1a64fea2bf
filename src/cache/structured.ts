/** Strings, and lists of them, as structured fields have them (RFC 9651 §3.1, §3.3.3). */

import { isInnerList, parseList, serializeItem } from "structured-headers";

/**
 * The strings of a list, without their parameters; none where it is no such list. What is no string in it is left out.
 *
 * @example
 * stringsIn('"scripts", "styles";v=2'); // ["scripts", "styles"]
 */
export function stringsIn(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  try {
    return parseList(value).flatMap((member) =>
      !isInnerList(member) && typeof member[0] === "string" ? [member[0]] : [],
    );
  } catch {
    return [];
  }
}

/**
 * A string as a structured field has it; what it cannot hold becomes a question mark.
 *
 * @example
 * printString('say "hi"'); // '"say \\"hi\\""'
 */
export const printString = (text: string): string => serializeItem(text.replace(/[^\x20-\x7e]/gu, "?"));

/**
 * A name: as a token, where it is one (RFC 9651 §3.3.4), else as a string.
 *
 * @example
 * printName("cache-3.example"); // "cache-3.example"
 * printName("Example CDN"); // '"Example CDN"'
 */
export const printName = (name: string): string => (TOKEN.test(name) ? name : printString(name));

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/;
