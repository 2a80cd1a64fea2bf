/** One server's paths under another's: `/api/users` here is `/v1/users` there, and back. */

import { isPlain, parsePath, printPath, splitTarget } from "../http/path.ts";
import type { Upstream } from "./upstream.ts";

/**
 * The target to ask an upstream for. Where the upstream has no path of its own, that is the path as the client said
 * it. Where it has one, this stands in place of `prefix`, and no path leads out of it.
 *
 * @example
 * targetBehind("/api/users?id=1", "/api", parseUpstream("http://localhost:3000/v1")); // "/v1/users?id=1"
 */
export function targetBehind(target: string, prefix: string, { path: base, hasPath }: Upstream): string {
  if (target === "*" || (!hasPath && target.startsWith("/"))) return target;
  const { path, query } = splitTarget(target);
  const rest = hasPath ? `${base}${withoutPrefix(path, prefix)}` : path;
  return query === undefined ? rest || "/" : `${rest || "/"}?${query}`;
}

/** Who chose this handler by the path has decoded it; where its spelling is plain, it need not be spelt anew. */
function withoutPrefix(path: string, prefix: string): string {
  if (isPlain(path) && path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/")) {
    return path.slice(prefix.length);
  }
  const { segments, isFolder } = parsePath(path);
  return printPath(segments.slice(prefix.split("/").length - 1), isFolder);
}

/**
 * A Location of the upstream's, as it is here: one that names the upstream itself leads to us.
 *
 * @example
 * redirectedTo("http://localhost:3000/v1/login", "/api", parseUpstream("http://localhost:3000/v1")); // "/api/login"
 */
export function redirectedTo(location: string, prefix: string, { origin, path: base, hasPath }: Upstream): string {
  if ("path" in origin.address) return location;
  const own = `${origin.secure ? "https" : "http"}://${origin.authority}`;
  if (location.slice(0, own.length).toLowerCase() !== own) return location;
  const path = location.slice(own.length) || "/";
  // "http://localhost:30000" begins like "http://localhost:3000", but is another.
  if (!path.startsWith("/")) return location;
  if (!hasPath) return path;
  const isBelow = path.startsWith(base) && (path.length === base.length || /[/?#]/.test(path[base.length]!));
  return isBelow ? `${prefix}${path.slice(base.length)}` || "/" : location;
}
