/** Finds the program that a path names: the file below a `cgi-bin` that the path leads to or through. */

import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import type { Script } from "../cgi/variables.ts";
import { ProtocolError } from "../http/message.ts";
import { parsePath } from "../http/path.ts";
import { isAbsence, isWithin } from "./within.ts";

/** Programs lie in a folder of this name, anywhere below the root. */
export const CGI_BIN = "cgi-bin";

/**
 * Whether a request's target is for a program, or for nothing: whatever it names is in a `cgi-bin`, however that is
 * spelt. What is no path is not.
 *
 * @example
 * isForProgram("/shop/cgi%2Dbin/cart?2"); // true
 * isForProgram("/cgi-bin.html"); // false
 */
export function isForProgram(target: string): boolean {
  // Nearly all targets are told by this alone.
  if (!target.includes(CGI_BIN) && !target.includes("%")) return false;
  try {
    return parsePath(target).segments.includes(CGI_BIN);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Why there is no program to run: what the client is told, and what the log is. */
export interface NoScript {
  readonly status: 403 | 404;
  readonly detail: string;
  readonly reason: string;
}

const ABSENT: NoScript = { status: 404, detail: "There is no such program", reason: "there is none" };
const FORBIDDEN: NoScript = {
  status: 403,
  detail: "This may not be run",
  reason: "it is no executable file (chmod +x?)",
};
const FOLDER: NoScript = { status: 403, detail: "This is a folder of programs", reason: "it is a folder" };

/**
 * The program, and what follows it in the path. It is looked for without waiting: the same few entries of the same
 * folder each time, which the system remembers, and starting the program waits for them anyway. Fails as the
 * file system does, where that is broken: EIO …
 *
 * @example
 * const { segments, isFolder } = parsePath("/cgi-bin/shop/cart");
 * const script = findScript("/srv/www", segments, isFolder);
 */
export function findScript(root: string, segments: readonly string[], isFolder: boolean): Script | NoScript {
  const first = segments.indexOf(CGI_BIN);
  if (first < 0) return ABSENT;
  const top = root.endsWith(sep) ? root.slice(0, -1) : root;
  for (let count = first + 2; count <= segments.length; count++) {
    const own = segments.slice(0, count);
    if (own.some((segment) => segment.startsWith("."))) return ABSENT;
    const file = `${top}${sep}${own.join(sep)}`;
    const kind = kindOf(file, root);
    if (kind === "folder") continue;
    if (kind === "nothing") return ABSENT;
    if (kind === "other") return FORBIDDEN;
    const rest = segments.slice(count).join("/");
    const pathInfo = `${rest === "" ? "" : `/${rest}`}${isFolder ? "/" : ""}`;
    return { name: `/${own.join("/")}`, pathInfo, file, root };
  }
  const isThere = kindOf(`${top}${sep}${segments.join(sep)}`, root) === "folder";
  return isThere ? FOLDER : ABSENT;
}

/** "other" is what cannot be run: without the right to, or no file at all. */
function kindOf(path: string, root: string): "program" | "folder" | "other" | "nothing" {
  try {
    if (!isWithin(realpathSync.native(path), { root: realpathSync.native(root) })) return "nothing";
    const stats = statSync(path);
    if (stats.isDirectory()) return "folder";
    if (!stats.isFile()) return "other";
    accessSync(path, constants.X_OK);
    return "program";
  } catch (error) {
    if (isAbsence(error)) return "nothing";
    if ((error as NodeJS.ErrnoException).code === "EACCES") return "other";
    throw error;
  }
}
