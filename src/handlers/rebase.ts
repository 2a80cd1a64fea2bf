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
 * A Location of the upstream's, as it is here: one that names the upstream itself leads to us, and what lies below its
 * path lies below `prefix`. `host` is what the upstream was told by Host, and may think to be its own name.
 *
 * @example
 * redirectedTo("http://localhost:3000/v1/login", "/api", parseUpstream("http://localhost:3000/v1")); // "/api/login"
 */
export function redirectedTo(location: string, prefix: string, upstream: Upstream, host?: string): string {
  const { origin, hasPath } = upstream;
  const [, scheme, authority = "", rest = ""] = /^(?:(https?):\/\/([^/?#]*))?(.*)$/i.exec(location) ?? [];
  const path = rest.startsWith("/") || scheme === undefined ? rest : `/${rest}`;
  const here = hasPath ? inPlaceOf(path, prefix, upstream.path) : path;
  // Two slashes at its beginning would name another host: "http://localhost:3000//evil.example/" is no way out of here.
  if (here === undefined || here.startsWith("//")) return location;
  if (scheme === undefined) return here;
  const own = `${origin.secure ? "https" : "http"}://${origin.authority}`;
  if (!("path" in origin.address) && withoutPort(scheme, authority) === own) return here;
  return authority.toLowerCase() === host?.toLowerCase() ? `${scheme}://${authority}${here}` : location;
}

/** Undefined where the path does not lie below the upstream's. */
function inPlaceOf(path: string, prefix: string, base: string): string | undefined {
  if (!path.startsWith("/") || path.startsWith("//") || !path.startsWith(base)) return undefined;
  const rest = path.slice(base.length);
  if (rest !== "" && !/^[/?#]/.test(rest)) return undefined;
  return prefix === "" && !rest.startsWith("/") ? `/${rest}` : `${prefix}${rest}`;
}

/** In lower case, and without the port where that is the scheme's own. */
function withoutPort(scheme: string, authority: string): string {
  const lower = scheme.toLowerCase();
  return `${lower}://${authority.toLowerCase().replace(lower === "https" ? /:(?:443)?$/ : /:(?:80)?$/, "")}`;
}
