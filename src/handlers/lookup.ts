/** Which file or folder a path of a request means. */

import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import { type Path, printPath } from "../http/path.ts";
import { type Bounds, isAbsence, look, type Origin } from "./within.ts";

export interface LookupOptions {
  /** The folder. It may be a symlink, and be put elsewhere at any time. */
  readonly root: string;
  /** Whether names that begin with a dot are served. `.well-known` always is (RFC 8615). Default false. */
  readonly dotfiles?: boolean | undefined;
  /** Whether `/menu` is answered by `menu.html`, and `/menu.html` sent on to `/menu`. Default false. */
  readonly cleanUrls?: boolean | undefined;
  /** Names that are not served, wherever below the root they stand, and wherever a symlink leads. */
  readonly except?: readonly string[] | undefined;
}

export type Found =
  | { readonly kind: "file"; readonly name: string; readonly origin: Origin; readonly neighbours: Neighbours }
  | { readonly kind: "folder"; readonly path: string; readonly bounds: Bounds }
  /** The same thing has another path: where to go, without the query. */
  | { readonly kind: "elsewhere"; readonly path: string }
  | { readonly kind: "nothing" };

/** The same content, compressed beforehand, by content coding: `menu.html.br` beside `menu.html`. */
export type Neighbours = ReadonlyMap<string, Origin>;

const SUFFIXES: readonly (readonly [coding: string, suffix: string])[] = [
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
];

const NOTHING: Found = { kind: "nothing" };

/**
 * Finds what a path means; `date` is now, in milliseconds since 1970 UTC. A folder with an `index.html` means that.
 * Fails with EACCES for what may not be read, and as the file system does: EMFILE, EIO …
 *
 * @example
 * const found = await lookUp(parsePath("/"), { root: "examples/site" }, Date.now());
 * found.kind; // "file"
 */
export async function lookUp(path: Path, options: LookupOptions, date: number): Promise<Found> {
  if (path.segments.some((segment) => !mayBeSeen(segment, options))) return NOTHING;
  const bounds = await boundsOf(options);
  if (bounds === undefined) return NOTHING;
  for (const segments of spellings(path.segments)) {
    const found = await find({ ...path, segments }, options, bounds, date);
    if (found !== NOTHING) return found;
  }
  return NOTHING;
}

/**
 * Whether a name may stand in a path, or in the listing of a folder.
 *
 * @example
 * mayBeSeen(".git", { root: "." }); // false
 */
export function mayBeSeen(name: string, { dotfiles, except }: LookupOptions): boolean {
  // A slash that was encoded: no file's name has one. A file's name may have a backslash, but no path (http/path.ts).
  if (name.includes("/") || name.includes("\\")) return false;
  if (name.startsWith(".") && dotfiles !== true && name !== ".well-known") return false;
  return except === undefined || !except.includes(name);
}

async function boundsOf({ root, except }: LookupOptions): Promise<Bounds | undefined> {
  try {
    return { root: await realpath(root), except };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** "é" may be one letter or two, and looks the same: a name made on one system is asked for from another. */
function* spellings(segments: readonly string[]): Generator<readonly string[]> {
  yield segments;
  for (const form of ["NFC", "NFD"]) {
    const other = segments.map((segment) => segment.normalize(form));
    if (other.some((segment, i) => segment !== segments[i])) yield other;
  }
}

async function find(path: Path, options: LookupOptions, bounds: Bounds, date: number): Promise<Found> {
  const { segments, isFolder } = path;
  const named = [bounds.root, ...segments].join(sep);
  const place = await look(named, bounds, date);

  if (options.cleanUrls === true && segments.length > 0) {
    const clean = await findClean(path, named, place?.file, bounds, date);
    if (clean !== undefined) return clean;
  }
  if (place === undefined) return NOTHING;
  // A file is no folder: nginx and Apache find nothing there either.
  if (place.file !== undefined) return isFolder ? NOTHING : fileAt(named, place.file, bounds, date);
  if (!isFolder) return goTo({ ...path, isFolder: true });
  const index = await look(`${named}${sep}${INDEX}`, bounds, date);
  if (index?.file !== undefined) return fileAt(`${named}${sep}${INDEX}`, index.file, bounds, date);
  return { kind: "folder", path: place.folder, bounds };
}

const INDEX = "index.html";
const PAGE = ".html";

/** A page has one path, without its suffix; undefined where that is no matter. */
async function findClean(
  path: Path,
  named: string,
  file: Origin | undefined,
  bounds: Bounds,
  date: number,
): Promise<Found | undefined> {
  const { segments, isFolder } = path;
  const name = segments.at(-1)!;
  const folder = { ...path, segments: segments.slice(0, -1), isFolder: true };
  if (file !== undefined) {
    if (isFolder || !name.endsWith(PAGE)) return undefined;
    if (name === INDEX) return goTo(folder);
    const bare = name.slice(0, -PAGE.length);
    // Another file has that name.
    if (bare === "" || (await look(named.slice(0, -PAGE.length), bounds, date))?.file !== undefined) return undefined;
    return goTo({ ...path, segments: [...folder.segments, bare] });
  }
  const page = await look(named + PAGE, bounds, date);
  if (page?.file === undefined) return undefined;
  if (!isFolder) return name + PAGE === INDEX ? goTo(folder) : fileAt(named + PAGE, page.file, bounds, date);
  return (await look(named, bounds, date)) === undefined ? goTo({ ...path, isFolder: false }) : undefined;
}

/** With exactly one slash at the beginning: two would be another host. */
const goTo = ({ segments, isFolder }: Path): Found => ({ kind: "elsewhere", path: printPath(segments, isFolder) });

async function fileAt(named: string, origin: Origin, bounds: Bounds, date: number): Promise<Found> {
  const neighbours = new Map<string, Origin>();
  const places = await Promise.all(SUFFIXES.map(([, suffix]) => neighbourAt(named + suffix, bounds, date)));
  for (const [i, [coding]] of SUFFIXES.entries()) {
    const neighbour = places[i];
    if (neighbour !== undefined && isAsNew(neighbour, origin)) neighbours.set(coding, neighbour);
  }
  return { kind: "file", name: named.slice(named.lastIndexOf(sep) + 1), origin, neighbours };
}

/** One that may not be read is as good as none. */
const neighbourAt = (path: string, bounds: Bounds, date: number): Promise<Origin | undefined> =>
  look(path, bounds, date).then(
    (place) => place?.file,
    () => undefined,
  );

/** Compressed content that was not made anew when its file was is wrong. Checkouts and archives know seconds only. */
const isAsNew = (neighbour: Origin, { state }: Origin): boolean => secondOf(neighbour.state) >= secondOf(state);
const secondOf = ({ lastModified }: Origin["state"]): number =>
  lastModified === undefined ? Number.POSITIVE_INFINITY : Math.floor(lastModified / 1000);
