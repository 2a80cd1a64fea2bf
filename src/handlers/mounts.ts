/** Handlers at paths of their own, before one for all the rest: `/api` is answered by another server. */

import { isPlain, parsePath, splitTarget } from "../http/path.ts";
import type { Handler } from "../web/handler.ts";

export interface Mount {
  /** In its usual spelling, without a slash at its end: "/api"; "" for all paths. */
  readonly path: string;
  readonly handler: Handler;
}

/**
 * A handler that gives each request to the longest path that it lies in. A path is compared decoded, segment by segment,
 * so that no spelling of it leads past its handler; what a percent sign means behind a mount is the other server's affair.
 *
 * @example
 * const house = mounts(handler, [{ path: "/api", handler: () => ({ status: 204, fields: new Fields() }) }]);
 */
export function mounts(rest: Handler, list: readonly Mount[]): Handler {
  const byLength = [...list].sort((a, b) => b.path.length - a.path.length);
  const places = byLength.map(({ path, handler }) => ({ path, handler, segments: parsePath(path || "/").segments }));

  const handlerFor = (target: string): Handler | undefined => {
    const { path } = splitTarget(target);
    if (!isPlain(path)) return lookUp(parsePath(target).segments);
    if (/[%\x80-\xff]/.test(path)) return lookUp(path.slice(1).split("/").map(decoded));
    return places.find((place) => isWithin(path, place.path))?.handler;
  };
  const lookUp = (names: readonly string[]): Handler | undefined =>
    places.find(({ segments }) => segments.every((segment, i) => segment === names[i]))?.handler;

  return (request, exchange) => {
    const { target, method } = request;
    const isElsewhere = target === "*" || method === "CONNECT";
    return ((isElsewhere ? undefined : handlerFor(target)) ?? rest)(request, exchange);
  };
}

const isWithin = (path: string, mount: string): boolean =>
  path.startsWith(mount) && (path.length === mount.length || path[mount.length] === "/");

/** A segment that cannot be decoded is no mount's; what it means is for whoever answers it to say. */
function decoded(segment: string): string {
  try {
    // Bytes beyond ASCII should have come encoded, yet curl sends them as they are.
    return decodeURIComponent(segment.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`));
  } catch {
    return segment;
  }
}
