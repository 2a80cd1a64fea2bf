/** What is in a folder that has no index.html: for people as a page, for programs as JSON. */

import { readdir, stat } from "node:fs/promises";
import { sep } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { precondition } from "../http/conditions.ts";
import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import type { Path } from "../http/path.ts";
import { preferredType } from "../http/quality.ts";
import type { Answer } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { type ListingEntry, listingPage } from "./listing-page.ts";
import { type Found, type LookupOptions, mayBeSeen } from "./lookup.ts";
import { isAbsence, look } from "./within.ts";

type FoundFolder = Extract<Found, { kind: "folder" }>;

/** So many are looked at together: enough to keep the threads busy, few enough to leave room for others between. */
const TOGETHER = 64;

/**
 * The answer for a folder: a page, or JSON for who likes that better. Fails as the file system does: EACCES …
 * `date` is now, in milliseconds since 1970 UTC.
 *
 * @example
 * const path = parsePath("/images/");
 * const found = await lookUp(path, { root: "examples/site" }, Date.now());
 * if (found.kind === "folder") await answerListing(found, path, request, { root: "examples/site" }, Date.now());
 */
export async function answerListing(
  found: FoundFolder,
  path: Path,
  request: Request,
  options: LookupOptions,
  date: number,
): Promise<Answer> {
  // It has no validators: whatever state of it somebody means, it is not known to be this one.
  const verdict = precondition(request.method, request.fields, {}, date);
  if (verdict === "not modified") return { status: 304, fields: Fields.of({ Vary: "Accept" }) };
  if (verdict === "precondition failed") return statusPage(412, request, "The folder may not be what you meant");

  const entries = await readFolder(found, options, date);
  // Who takes neither gets the page: an answer that one can read helps more than a 406.
  const type = preferredType(request.fields.get("accept"), ["text/html", "application/json"]) ?? "text/html";
  const body = utf8(type === "text/html" ? listingPage(path.segments, entries) : `${JSON.stringify(entries)}\n`);
  const fields = Fields.of({
    "Content-Type": type === "text/html" ? "text/html; charset=utf-8" : type,
    "Content-Length": String(body.length),
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    // It holds names that anybody may have given; they are escaped, and this is the belt to those braces.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
  });
  return { status: 200, fields, body };
}

/**
 * What may be seen in a folder: folders first, then by name as people sort, "2" before "10".
 * What a path would not find is not listed: hidden names, symlinks that lead out, FIFOs and devices.
 *
 * @example
 * const root = process.cwd();
 * const entries = await readFolder({ kind: "folder", path: root, bounds: { root } }, { root }, Date.now());
 */
export async function readFolder(found: FoundFolder, options: LookupOptions, date: number): Promise<ListingEntry[]> {
  const dirents = (await readdir(found.path, { withFileTypes: true })).filter(({ name }) => mayBeSeen(name, options));
  const entries: ListingEntry[] = [];
  for (let at = 0; at < dirents.length; at += TOGETHER) {
    const together = dirents.slice(at, at + TOGETHER).map(async (dirent) => {
      const path = found.path + sep + dirent.name;
      if (dirent.isSymbolicLink() && (await whatIsAt(look(path, found.bounds, date))) === undefined) return undefined;
      return entryOf(dirent.name, path);
    });
    for (const entry of await Promise.all(together)) if (entry !== undefined) entries.push(entry);
  }
  return entries.sort(byTypeAndName);
}

async function entryOf(name: string, path: string): Promise<ListingEntry | undefined> {
  const stats = await whatIsAt(stat(path));
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return undefined;
  // A file system may know times that no calendar does.
  const modified = new Date(Math.max(-LATEST, Math.min(stats.mtimeMs, LATEST))).toISOString();
  return stats.isFile() ? { name, type: "file", modified, size: stats.size } : { name, type: "directory", modified };
}

/** Things come and go while one looks, and some may not be looked at: those are not listed. */
async function whatIsAt<Thing>(looking: Promise<Thing>): Promise<Thing | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (isAbsence(error) || (error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}

/** As far from 1970 as a Date goes (ECMA-262 §21.4.1.1). */
const LATEST = 8.64e15;

/** Made when it is first needed: to know how people sort takes some milliseconds to learn, and the door opens before. */
let collator: Intl.Collator | undefined;

function byName(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

const byTypeAndName = (a: ListingEntry, b: ListingEntry): number =>
  a.type === b.type ? byName(a.name, b.name) : a.type === "directory" ? -1 : 1;
