/** Which fields of a response are kept, and how newer ones take their place (RFC 9111 §3.1, §3.2). */

import { printDate } from "../http/dates.ts";
import { Fields } from "../http/fields.ts";
import { forwardable } from "../http/forwarding.ts";
import type { Terms } from "./terms.ts";

/**
 * Made anew for each answer: Age by how old it is, the length by what is sent. Trailers are not kept (§3.1), so that
 * nobody needs to be told of them.
 */
const MADE_ANEW: ReadonlySet<string> = new Set(["age", "content-length", "trailer"]);

/**
 * The fields to keep, as a copy: without those that end at a connection or belong to a proxy, and those that no-cache
 * or private name. A response without Date gets the time it came (RFC 9110 §6.6.1). Of a 206 the range is not kept:
 * `isPart`.
 *
 * @example
 * const fields = Fields.of({ "Cache-Control": 'no-cache="Set-Cookie"', "Set-Cookie": "a=b", Age: "3", Date: "d" });
 * storedFields(fields, termsOf(fields, []), 0).print(); // 'Cache-Control: no-cache="Set-Cookie"\r\nDate: d\r\n'
 */
export function storedFields(fields: Fields, terms: Terms, responseTime: number, isPart = false): Fields {
  const excepted = exceptedNames(terms);
  const kept = forwardable(fields).only((name) => {
    const lower = name.toLowerCase();
    return !MADE_ANEW.has(lower) && !(isPart && lower === "content-range") && !excepted.includes(lower);
  });
  if (!kept.has("date")) kept.append("Date", printDate(responseTime));
  return kept;
}

/** "The no-cache … and private … cache directives can have arguments that prevent storage of header fields" – §3.1. */
function exceptedNames({ directives }: Terms): readonly string[] {
  const first = directives.fieldNames("no-cache");
  const second = directives.fieldNames("private");
  if (first === undefined) return second ?? [];
  return second === undefined ? first : [...first, ...second];
}

/**
 * What stays as it was, since the stored content depends on it: bytes are in the coding that they came in, and digests
 * are of those bytes. "The Content-Length header field" is excepted by name, and Content-Range as one of the fields
 * that "implementations MAY automatically omit" (§3.2).
 */
const NOT_UPDATED: ReadonlySet<string> = new Set([
  ...MADE_ANEW,
  ...["content-range", "content-encoding", "content-md5", "content-digest", "repr-digest"],
]);

/**
 * The stored fields with the newer ones in their places: each field that the newer response has takes the place of all
 * lines with its name, the others stay. Date goes in any case: it is not from then that a response counts which was
 * found good just now.
 *
 * @example
 * const stored = Fields.of({ "Cache-Control": "max-age=1", B: "2" });
 * const newer = Fields.of({ "Cache-Control": "max-age=60" });
 * updatedFields(stored, newer).print(); // "B: 2\r\nCache-Control: max-age=60\r\n"
 */
export function updatedFields(stored: Fields, newer: Fields): Fields {
  const fresh = forwardable(newer).only((name) => !NOT_UPDATED.has(name.toLowerCase()));
  const names = new Set(["date"]);
  for (const [name] of fresh) names.add(name.toLowerCase());
  const updated = stored.only((name) => !names.has(name.toLowerCase()));
  for (const [name, value] of fresh) updated.append(name, value);
  return updated;
}

/**
 * Fields out of the lines that they were printed as.
 *
 * @example
 * fieldsOf("A: 1\r\nB: 2\r\n").get("b"); // "2"
 */
export function fieldsOf(lines: string): Fields {
  const list: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf("\r\n", at);
    const colon = lines.indexOf(": ", at);
    list.push(lines.slice(at, colon), lines.slice(colon + 2, end));
    at = end + 2;
  }
  return new Fields(list, true);
}
