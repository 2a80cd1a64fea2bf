/** What is in a cache, and why, in lines for people. */

import type { Explanation, StoredExplanation } from "../cache/explanation.ts";
import { spoken, spokenTime } from "../cache/reasons.ts";
import type { CacheEntry } from "../handlers/cache-entries.ts";
import { spokenSize } from "../handlers/spoken-size.ts";

/**
 * Text from elsewhere without letters that a terminal would obey.
 *
 * @example
 * harmless("\x1b[2J"); // "\\x1b[2J"
 */
export const harmless = (text: string): string =>
  text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, (letter) => {
    const digits = letter.charCodeAt(0).toString(16);
    return digits.length > 2 ? `\\u${digits}` : `\\x${digits.padStart(2, "0")}`;
  });

/** How it stands, of either kind. */
type Standing = Pick<CacheEntry, "ttl" | "isInvalid">;

const standing = ({ ttl, isInvalid }: Standing): string => {
  if (isInvalid) return "to be asked about";
  return ttl > 0 ? `fresh for ${spokenTime(ttl * 1000)}` : `stale for ${spokenTime(-ttl * 1000)}`;
};

const extent = ({ length, here }: Pick<CacheEntry, "length" | "here">): string =>
  here === length ? spokenSize(length) : `${spokenSize(here)} of ${spokenSize(length)}`;

/**
 * One line of a list.
 *
 * @example
 * const entry = { key: "http://a/", status: 200, age: 5, ttl: 60, length: 9, here: 9, isInvalid: false, selecting: [], tags: [], groups: [] };
 * printEntry(entry); // "fresh for 1 min    5 s old         9 B  200  http://a/"
 */
export function printEntry({ selecting, tags, ...entry }: CacheEntry): string {
  const age = `${spokenTime(entry.age * 1000)} old`;
  const more = [...selecting.map(printSelecting), ...(tags.length === 0 ? [] : [`tags: ${tags.join(", ")}`])];
  const columns = [
    standing(entry).padEnd(17),
    age.padEnd(10),
    extent(entry).padStart(7),
    String(entry.status),
    entry.key,
  ];
  return harmless(`${columns.join("  ")}${more.length === 0 ? "" : ` (${more.join("; ")})`}`);
}

/** JSON has no undefined: what comes that way is null then. */
const printSelecting = ([name, value]: readonly [string, unknown]): string =>
  typeof value === "string" ? `${name}: ${value}` : `no ${name}`;

/**
 * What would be done with a request, and what is stored for it. `what` is the request, as it was asked about.
 *
 * @example
 * const explanation = { key: "http://a/", account: { hit: false, because: [] }, words: "a miss", stored: [] };
 * printExplanation("GET http://a/", explanation); // "GET http://a/\n  a miss\nNothing is stored under http://a/\n"
 */
export function printExplanation(what: string, { key, words, stored }: Explanation): string {
  const kept =
    stored.length > 0
      ? `Stored under ${key}\n${stored.map(printStored).join("")}`
      : key === undefined
        ? ""
        : `Nothing is stored under ${key}\n`;
  return harmless(`${what}\n  ${words}\n${kept}`);
}

function printStored(one: StoredExplanation): string {
  const about = [String(one.status), extent(one), `${spokenTime(one.age * 1000)} old`, standing(one)];
  const more = [
    ...one.selecting.map(printSelecting),
    ...(one.tags.length === 0 ? [] : [`tags: ${one.tags.join(", ")}`]),
  ];
  const lines = [...more, ...one.because.map(spoken)].map((line) => `    ${line}\n`);
  return `  ${about.join(", ")}\n${lines.join("")}`;
}
