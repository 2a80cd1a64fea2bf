/** The words of an "indexed" query, as a program's command line (RFC 3875 §4.4, §7.2). */

/** What is active in the Bourne shell; the list is Apache's. */
const ACTIVE = /[&;`'"|*?~<>^()[\]{}$\\\n]/g;

/**
 * `?hello+world` to GET or HEAD becomes two arguments, decoded, each active character of the shell behind a backslash.
 * One byte a letter. A query with an unencoded "=" has none; "if the server cannot create any part of the argument
 * list, then the server MUST NOT generate any command line information".
 *
 * Nor has one with a word that begins with "-": to a program that is an interpreter it would be an option, and
 * whoever asked could choose it (`?-s` showed PHP's sources, `?-d…` ran anything: CVE-2012-1823).
 *
 * @example
 * commandLine("GET", "15000&213"); // ["15000\\&213"]
 */
export function commandLine(method: string, query: string | undefined): string[] {
  if (query === undefined || query === "" || query.includes("=")) return [];
  if (method !== "GET" && method !== "HEAD") return [];
  const words: string[] = [];
  for (const part of query.split("+")) {
    const word = decode(part);
    if (word === undefined || word === "" || word.startsWith("-") || word.includes("\0")) return [];
    words.push(word.replace(ACTIVE, "\\$&"));
  }
  return words;
}

/** Byte by byte, whatever their meaning; undefined where a percent sign stands alone. */
function decode(part: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) return undefined;
  return part.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
