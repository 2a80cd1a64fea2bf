/** A request field as people write it: `Accept-Language: de`. */

import { isFieldValue, isToken } from "../http/grammar.ts";

/**
 * Its name and value. Throws a TypeError of one line where it is none.
 *
 * @example
 * requestField("Accept-Language: de"); // ["Accept-Language", "de"]
 */
export function requestField(text: string): readonly [name: string, value: string] {
  const refuse = (why: string) => new TypeError(`Cannot ask with the field ${JSON.stringify(text)}: ${why}`);
  const colon = text.indexOf(":");
  if (colon < 0) throw refuse('it is not written "Name: value"');
  const name = text.slice(0, colon);
  const value = text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  if (!isToken(name)) throw refuse(`${JSON.stringify(name)} is not a name`);
  if (!isFieldValue(value) || /[^\x00-\xff]/.test(value)) throw refuse("its value is not one line of single bytes");
  return [name, value];
}
