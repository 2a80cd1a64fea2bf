/** Which handler answers for which path and method. */

import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { KNOWN_METHODS } from "../http/methods.ts";
import { type Path, parsePath } from "../http/path.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";

/**
 * Handlers by pattern: `/path` for all methods or `GET /path` for one, which is HEAD's too. A path that ends
 * with a slash stands for all that is below it; the longest that fits wins.
 */
export type Routes = Readonly<Record<string, Handler>>;

interface Place {
  readonly path: Path;
  readonly methods: Map<string, Handler>;
  /** For the methods that are not among these. */
  any: Handler | undefined;
}

/**
 * A handler that hands over to the one whose pattern fits. It says itself what there is to say where none does:
 * 404; 405 with Allow where the path fits and the method does not; 204 with Allow to OPTIONS where
 * nobody else answers it; 501 for methods that neither RFC 9110 nor the table knows.
 * `OPTIONS *` goes where `/` does. Throws a TypeError for what is no pattern.
 *
 * @example
 * const house = route({ "/": handler, "GET /health": () => ({ status: 204, fields: new Fields() }) });
 */
export function route(routes: Routes): Handler {
  const places = placesOf(routes);
  const known = new Set(KNOWN_METHODS);
  for (const { methods } of places) for (const method of methods.keys()) known.add(method);

  return (request: Request, exchange: Exchange) => {
    const { method, target } = request;
    if (!known.has(method)) return statusPage(501, request, `There is no method ${method} here`);
    // host:port is no path, and who takes tunnels takes all of them.
    const path = target === "*" || method === "CONNECT" ? ROOT : parsePath(target);
    const place = places.find((place) => fits(place.path, path));
    if (place === undefined) return statusPage(404, request);
    const handler =
      place.methods.get(method) ?? (method === "HEAD" ? place.methods.get("GET") : undefined) ?? place.any;
    return handler === undefined ? refuse(request, place) : handler(request, exchange);
  };
}

const ROOT: Path = { segments: [], isFolder: true, query: undefined };

/** Compared decoded and segment by segment, so that no spelling of a path leads to another handler. */
function fits(pattern: Path, { segments, isFolder }: Path): boolean {
  const further = segments.length - pattern.segments.length;
  const hasLength = pattern.isFolder ? further > 0 || (further === 0 && isFolder) : further === 0 && !isFolder;
  return hasLength && pattern.segments.every((segment, i) => segment === segments[i]);
}

function refuse(request: Request, { methods }: Place): Answer {
  const allowed = new Set(methods.keys());
  if (allowed.has("GET")) allowed.add("HEAD");
  allowed.add("OPTIONS");
  const fields = Fields.of({ Allow: [...allowed].join(", ") });
  if (request.method === "OPTIONS") return { status: 204, fields };
  return statusPage(405, request, `${request.method} is not for this path`, fields);
}

/** The longest first; of equals the one for a single path, which is the narrower. */
function placesOf(routes: Routes): Place[] {
  const places = new Map<string, Place>();
  for (const [pattern, handler] of Object.entries(routes)) {
    const [, method, text] = /^(?:([!#$%&'*+.^_`|~\w-]+) )?(\/[^?# ]*)$/.exec(pattern) ?? [];
    if (text === undefined) throw new TypeError(`Cannot route "${pattern}": it is neither "/path" nor "METHOD /path"`);
    const path = parsePath(text);
    const key = JSON.stringify([path.segments, path.isFolder]);
    const place: Place = places.get(key) ?? { path, methods: new Map(), any: undefined };
    places.set(key, place);
    if (method === undefined) place.any = handler;
    else place.methods.set(method, handler);
  }
  return [...places.values()].sort(
    (a, b) => b.path.segments.length - a.path.segments.length || Number(a.path.isFolder) - Number(b.path.isFolder),
  );
}
