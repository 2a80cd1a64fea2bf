/** `maitred cache ls` and `maitred cache stat`: what is in the cache of a running maitred, and how it is doing. */

import type { CacheEntry } from "../handlers/cache-entries.ts";
import { type CacheReport, printSections, sectionsOf } from "../handlers/cache-report.ts";
import type { Address } from "../socket/socket.ts";
import { askAdmin, askAdminFor } from "./ask-admin.ts";
import { harmless, printEntry } from "./printed.ts";
import { written } from "./written.ts";

/** What the options say. */
export interface CacheCommandFlags {
  readonly admin: Address;
  /** JSON, even for people. */
  readonly json?: boolean;
}

const isForPeople = ({ json = false }: CacheCommandFlags): boolean => process.stdout.isTTY && !json;

/**
 * Says how the cache is doing. Fails with a Refusal where there is none to ask.
 *
 * @example
 * await cacheStat({ admin: { host: "localhost", port: 3129 }, json: true });
 */
export async function cacheStat(flags: CacheCommandFlags): Promise<void> {
  const report = await askAdminFor<CacheReport>(flags.admin, { target: "/state" });
  const text = isForPeople(flags) ? harmless(printSections(sectionsOf(report))) : `${JSON.stringify(report)}\n`;
  process.stdout.write(text);
}

/**
 * Lists what is there, of which the key begins so: all as it comes, a line each.
 *
 * @example
 * await cacheLs("http://localhost:8080/", { admin: { host: "localhost", port: 3129 } });
 */
export async function cacheLs(prefix: string | undefined, flags: CacheCommandFlags): Promise<void> {
  const query = prefix === undefined ? "" : `?prefix=${encodeURIComponent(prefix)}`;
  const pieces = askAdmin(flags.admin, { target: `/entries${query}` });
  const print = isForPeople(flags) ? (line: string): string => printEntry(JSON.parse(line) as CacheEntry) : String;
  for await (const lines of wholeLines(pieces)) {
    // A list may be long, and who reads it slow.
    if (!(await written(`${lines.map(print).join("\n")}\n`))) break;
  }
}

/**
 * The lines in pieces of text, as soon as they are whole, several at once.
 *
 * @example
 * const pieces = async function* () { yield* ["a\nb", "\nc\n"]; };
 * for await (const lines of wholeLines(pieces())) console.log(lines);
 */
export async function* wholeLines(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
}
