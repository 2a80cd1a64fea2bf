/** Sends who asks for one path to another: `--redirect /a=/b` (RFC 9110 §15.4). */

import { Fields } from "../http/fields.ts";
import { ProtocolError, type Request } from "../http/message.ts";
import { type Path, parsePath } from "../http/path.ts";
import type { Exchange, Handler } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";

export interface Redirect {
  /** As it was written. */
  readonly text: string;
  /** The path it is for; of a prefix the folder. */
  readonly source: Path;
  /** Whether all that is in the folder is meant (`/old/*`). */
  readonly isPrefix: boolean;
  /** A path or an http(s) URL, percent-encoded, up to its query. */
  readonly to: string;
  /** Whether what follows the prefix is put behind `to` (`/new/*`). */
  readonly keepsRest: boolean;
  /** Of the destination, before what the client's query adds to it. */
  readonly query: string;
  /** Of the destination, with its "#"; empty where there is none. */
  readonly fragment: string;
  /** 301, 302, 303, 307 or 308. */
  readonly status: number;
}

/** As many in a row as browsers follow before they give up. */
const MOST_IN_A_ROW = 20;

/**
 * A handler that answers with a redirect where a rule fits: the first that does. The client's query
 * goes along. Throws a TypeError of one line where rules lead round in a circle.
 *
 * @example
 * const redirecting = redirects(handler, [parseRedirect("/blog/*=/news/*"), parseRedirect("/old=/new:308")]);
 */
export function redirects(handler: Handler, rules: readonly Redirect[]): Handler {
  for (const rule of rules) refuseCircle(rule, rules);
  return (request: Request, exchange: Exchange) => {
    const path = pathOf(request);
    const rule = path && rules.find((rule) => fits(rule, path));
    if (rule === undefined || path === undefined) return handler(request, exchange);
    const location = locationOf(rule, path);
    return statusPage(rule.status, request, `It is at ${location}`, Fields.of({ Location: location }));
  };
}

/** Undefined for what is no path: no rule is for it, and what to say to it the handler knows. */
function pathOf({ method, target }: Pick<Request, "method" | "target">): Path | undefined {
  if (target === "*" || method === "CONNECT") return undefined;
  try {
    return parsePath(target);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Compared decoded and segment by segment, so that no spelling of a path slips by. */
function fits({ source, isPrefix }: Redirect, { segments, isFolder }: Path): boolean {
  const further = segments.length - source.segments.length;
  const hasLength = isPrefix
    ? further > 0 || (further === 0 && isFolder)
    : further === 0 && isFolder === source.isFolder;
  return hasLength && source.segments.every((segment, i) => segment === segments[i]);
}

/**
 * What the client sent is put together anew from its segments, none of them empty or a dot:
 * with `/old/*=/*`, `/old//evil.example` leads to `/evil.example`, not to another host.
 */
function locationOf({ source, to, keepsRest, query, fragment }: Redirect, path: Path): string {
  const rest = keepsRest ? path.segments.slice(source.segments.length) : [];
  const slash = rest.length > 0 && path.isFolder ? "/" : "";
  const queries = [query, path.query].filter(Boolean).join("&");
  return `${to}${rest.map(encodeURIComponent).join("/")}${slash}${queries === "" ? "" : `?${queries}`}${fragment}`;
}

function refuseCircle(first: Redirect, rules: readonly Redirect[]): void {
  let path: Path = first.isPrefix
    ? { ...first.source, segments: [...first.source.segments, "any"], isFolder: false }
    : first.source;
  let rule: Redirect | undefined = first;
  // Another host may send them back here, but that we cannot know.
  for (let steps = 0; rule?.to.startsWith("/"); steps++) {
    if (steps === MOST_IN_A_ROW) throw refuse(first.text, "it leads round in a circle");
    path = parsePath(locationOf({ ...rule, fragment: "" }, path));
    rule = rules.find((rule) => fits(rule, path));
  }
}

/**
 * Reads a rule: `/a=/b` for one path, `/old/*=/new/*` for all in a folder (without the second "*", all of it
 * leads to one place), `/a=https://host/b` for another host; `:301`, `:303`, `:307` or `:308` at the end
 * for another status than 302. That one is meant for now only: a browser remembers a 301 or 308 for good, and
 * would still follow the rule that was tried here yesterday. An "=" in the path is written `%3D`; a
 * host's port that looks like a status is followed by a slash.
 * Throws a TypeError of one line where it cannot be a rule.
 *
 * @example
 * parseRedirect("/old/*=/new/*:308").status; // 308
 */
export function parseRedirect(text: string): Redirect {
  const [, source, target, status = "302"] = /^([^=]*)=(.*?)(?::(301|302|303|307|308))?$/s.exec(text) ?? [];
  if (source === undefined || target === undefined) throw refuse(text, 'it is not written "/from=/to"');
  const rule: Redirect = { text, ...parseSource(text, source), ...parseTarget(text, target), status: Number(status) };
  if (rule.keepsRest && !rule.isPrefix) throw refuse(text, 'there is no "*" before the "="');
  refuseCircle(rule, [rule]);
  return rule;
}

function parseSource(text: string, path: string): Pick<Redirect, "source" | "isPrefix"> {
  if (!path.startsWith("/") || /[?#]/.test(path)) throw refuse(text, `"${path}" is not a path`);
  const isPrefix = path.endsWith("/*");
  const target = isPrefix ? path.slice(0, -1) : path;
  if (target.includes("*")) throw refuse(text, 'a "*" may stand at the end only, after a slash');
  const source = pathOf({ method: "GET", target });
  if (source === undefined) throw refuse(text, `"${path}" is not a path`);
  return { source, isPrefix };
}

/** Where a path's URL is thought to be, to see whether it stays there. */
const HERE = "http://here.invalid";

function parseTarget(text: string, target: string): Pick<Redirect, "to" | "keepsRest" | "query" | "fragment"> {
  const isPath = target.startsWith("/");
  const no = `"${target}" is neither a path nor an http URL`;
  if ((!isPath && !/^https?:\/\//i.test(target)) || !URL.canParse(target, HERE)) throw refuse(text, no);
  if (isPath && /:\d{3}$/.test(target)) throw refuse(text, `${target.slice(-3)} is no status of a redirect`);
  const { origin, pathname, search, hash, username } = new URL(target, HERE);
  // To a browser "//host" and "/\host" are hosts, and dots can make one of "/a/..//host".
  if (username !== "" || (isPath && (origin !== HERE || pathname.startsWith("//")))) throw refuse(text, no);
  const keepsRest = pathname.endsWith("/*");
  const path = keepsRest ? pathname.slice(0, -1) : pathname;
  if (path.includes("*")) throw refuse(text, 'a "*" may stand at the end only, after a slash');
  return { to: isPath ? path : origin + path, keepsRest, query: search.slice(1), fragment: hash };
}

const refuse = (text: string, why: string) => new TypeError(`Cannot redirect by ${JSON.stringify(text)}: ${why}`);
