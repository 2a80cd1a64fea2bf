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
 * so that no spelling of it leads past its handler; and where it is spelt plainly, as it stands: what a percent sign
 * means behind that is the other server's affair.
 *
 * @example
 * const house = mounts(handler, [{ path: "/api", handler: () => ({ status: 204, fields: new Fields() }) }]);
 */
export function mounts(rest: Handler, list: readonly Mount[]): Handler {
  const byLength = [...list].sort((a, b) => b.path.length - a.path.length);
  const places = byLength.map(({ path, handler }) => ({ path, handler, segments: parsePath(path || "/").segments }));

  return (request, exchange) => {
    const { target, method } = request;
    if (target === "*" || method === "CONNECT") return rest(request, exchange);
    const { path } = splitTarget(target);
    const isAsItStands = isPlain(path);
    let place = isAsItStands ? places.find((place) => isWithin(path, place.path)) : undefined;
    if (place === undefined && (!isAsItStands || path.includes("%"))) {
      const { segments } = parsePath(target);
      place = places.find((place) => place.segments.every((segment, i) => segment === segments[i]));
    }
    return (place?.handler ?? rest)(request, exchange);
  };
}

const isWithin = (path: string, mount: string): boolean =>
  path.startsWith(mount) && (path.length === mount.length || path[mount.length] === "/");
