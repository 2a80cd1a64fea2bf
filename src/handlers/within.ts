/** What stands at a place of the file system, if that is really within the root: symlinks are followed, but not out. */

import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { sep } from "node:path";
import { type FileState, stateOf } from "./file-state.ts";

export interface Bounds {
  /** The folder whose content is served, without symlinks. */
  readonly root: string;
  /** Names that are not served, wherever below the root they stand. */
  readonly except?: readonly string[] | undefined;
}

/** Which file, and in which state. */
export interface Origin extends Bounds {
  /** Without symlinks. */
  readonly path: string;
  readonly state: FileState;
}

export type Place =
  | { readonly file: Origin; readonly folder?: never }
  | { readonly folder: string; readonly file?: never };

/**
 * The regular file or the folder at a path; undefined where there is none, where it is something else (a FIFO, a
 * device, a socket: opening one may hang or do harm), and where it is outside. `date` is now, in milliseconds since
 * 1970 UTC. Fails with EACCES where it may not be read, and as the file system does: EMFILE, EIO …
 *
 * @example
 * const root = process.cwd();
 * const place = await look(`${root}/package.json`, { root }, Date.now());
 * place?.file?.path === `${root}/package.json`; // true
 */
export async function look(path: string, bounds: Bounds, date: number): Promise<Place | undefined> {
  try {
    const real = await realpath(path);
    if (!isWithin(real, bounds)) return undefined;
    const stats = await stat(real, { bigint: true });
    if (stats.isDirectory()) return { folder: real };
    if (!stats.isFile()) return undefined;
    await access(real, constants.R_OK);
    return { file: { ...bounds, path: real, state: stateOf(stats, date) } };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Whether a path without symlinks is the root or below it, and none of the names on the way is excepted.
 *
 * @example
 * isWithin("/srv/www2/x", { root: "/srv/www" }); // false
 */
export function isWithin(path: string, { root, except = [] }: Bounds): boolean {
  if (path === root) return true;
  // The root of the file system is the one folder whose path ends with a slash already.
  const folder = root.endsWith(sep) ? root : root + sep;
  if (!path.startsWith(folder)) return false;
  return (
    except.length === 0 ||
    !path
      .slice(folder.length)
      .split(sep)
      .some((name) => except.includes(name))
  );
}

/**
 * Whether an error of the file system says that there is nothing by that name, or can never be.
 *
 * @example
 * await stat("nowhere").catch(isAbsence); // true
 */
export const isAbsence = (error: unknown): boolean => ABSENT.has((error as NodeJS.ErrnoException).code);

const ABSENT: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EINVAL"]);
