/** From a request's target to the path it names (RFC 3986 §3.3, RFC 9112 §3.2). */

import { ProtocolError } from "./message.ts";

export interface Path {
  /** Decoded, without dot segments: "/a%20b/../c/" is ["c"]. */
  readonly segments: readonly string[];
  /** Whether it ends with a slash, or names the root. */
  readonly isFolder: boolean;
  /** What follows "?", exactly as sent; undefined where there is no "?". */
  readonly query: string | undefined;
}

/**
 * Reads the path out of a target in origin-form or absolute-form.
 * Throws a ProtocolError (400) where it cannot be a path: bytes that are not UTF-8,
 * half a percent sign, NUL, a backslash (which Windows takes for a slash); 404 for an encoded slash.
 *
 * @example
 * parsePath("/menu/%EC%96%B4/../cake?size=2"); // { segments: ["menu", "cake"], isFolder: false, query: "size=2" }
 */
export function parsePath(target: string): Path {
  const { path, query } = splitTarget(target);
  const segments: string[] = [];
  let isFolder = true;
  for (const part of path.split("/")) {
    const segment = decode(part);
    isFolder = segment === "" || segment === "." || segment === "..";
    // Going above the root leads nowhere: RFC 3986 §5.2.4 stays there too.
    if (segment === "..") segments.pop();
    else if (!isFolder) segments.push(segment);
  }
  return { segments, isFolder, query };
}

/**
 * The path and the query of a target, as sent; an absolute-form target without a path means "/".
 *
 * @example
 * splitTarget("http://localhost/a?b"); // { path: "/a", query: "b" }
 */
export function splitTarget(target: string): { path: string; query: string | undefined } {
  let start = 0;
  if (!target.startsWith("/")) {
    const authority = target.indexOf("://");
    if (authority < 0) throw new ProtocolError(400, "Cannot read the target: it is neither a path nor a URL");
    start = target.slice(authority + 3).search(/[/?]/);
    start = start < 0 ? target.length : start + authority + 3;
  }
  const mark = target.indexOf("?", start);
  const path = target.slice(start, mark < 0 ? target.length : mark);
  return { path: path === "" ? "/" : path, query: mark < 0 ? undefined : target.slice(mark + 1) };
}

/**
 * The other way round: the usual spelling of a path, with exactly one slash at its beginning.
 *
 * @example
 * printPath(["menu", "cake #1"], true); // "/menu/cake%20%231/"
 */
export function printPath(segments: readonly string[], isFolder: boolean): string {
  if (segments.length === 0) return "/";
  const names = segments.map((segment) => encodeURI(segment).replace(/[/?#]/g, encodeURIComponent));
  return `/${names.join("/")}${isFolder ? "/" : ""}`;
}

/**
 * Whether a path, as it was sent, has no dot segments, empty segments or backslashes, however they are spelt: then its
 * beginning may be compared as it stands, and nothing behind that leads out of it again.
 *
 * @example
 * isPlain("/api/a%20b"); // true
 * isPlain("/api/%2e%2e/secret"); // false
 */
export const isPlain = (path: string): boolean => !/\/(?:\.|%2e)|\/\/|\\|%5c/i.test(path);

function decode(part: string): string {
  let segment = part;
  if (/[%\x80-\xff]/.test(part)) {
    try {
      // Bytes beyond ASCII should have come encoded, yet curl sends them as they are.
      segment = decodeURIComponent(part.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`));
    } catch {
      throw new ProtocolError(400, "Cannot read the target: its percent-encoding is not UTF-8");
    }
  }
  if (segment.includes("\0") || segment.includes("\\")) {
    throw new ProtocolError(400, "Cannot read the target: a name holds NUL or a backslash");
  }
  // An encoded slash would be part of a name, and no file's name has one. Nobody who joins segments to a path shall meet it.
  if (segment.includes("/")) throw new ProtocolError(404, "There is no such path: a name holds a slash");
  return segment;
}
