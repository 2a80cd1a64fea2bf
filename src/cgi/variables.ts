/** What a program is told of the request: the meta-variables of RFC 3875 §4.1, and those that everybody sets besides. */

import { latin1, utf8 } from "../base/bytes.ts";
import { isHopByHop } from "../http/hop-by-hop.ts";
import type { Request } from "../http/message.ts";
import { splitTarget } from "../http/path.ts";
import { hostOf } from "../http/target.ts";

export interface Call {
  readonly request: Pick<Request, "method" | "target" | "minor" | "fields">;
  /** Bytes of the request's content; undefined where it has none. */
  readonly contentLength: number | undefined;
  readonly script: Script;
  /** Where the request came in. The name stands in for a missing Host. */
  readonly server: Party & { readonly secure: boolean; readonly name?: string | undefined };
  /** Who asks. */
  readonly client: Party;
}

/** Which program, as the path says. All of it decoded. */
export interface Script {
  /** The path that leads to the program: SCRIPT_NAME. */
  readonly name: string;
  /** What follows it; empty, or with its slash: PATH_INFO. */
  readonly pathInfo: string;
  /** The program's file: SCRIPT_FILENAME. */
  readonly file: string;
  /** The folder that is served: DOCUMENT_ROOT. */
  readonly root: string;
}

/** One end of a connection: an IP address and a port; neither where it has none, as on a Unix-domain socket. */
export interface Party {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/**
 * All that depends on the request, as an environment: `NAME=value`, one byte a letter, as a system takes it.
 * Text of ours is UTF-8 in it; what the client sent is there byte by byte.
 *
 * @example
 * const call = {
 *   request: { ...request, target: "/cgi-bin/adder?15000&213" },
 *   contentLength: undefined,
 *   script: { name: "/cgi-bin/adder", pathInfo: "", file: "/srv/cgi-bin/adder", root: "/srv" },
 *   server: { host: "127.0.0.1", port: 8080, secure: false },
 *   client: { host: "192.0.2.7", port: 50123 },
 * };
 * metaVariables(call).includes("QUERY_STRING=15000&213"); // true
 */
export function metaVariables({ request, contentLength, script, server, client }: Call): string[] {
  const { method, target, minor, fields } = request;
  const { path, query } = splitTarget(target);
  const remote = client.host ?? "";
  const list = [
    "GATEWAY_INTERFACE=CGI/1.1",
    `SERVER_PROTOCOL=HTTP/1.${minor}`,
    `SERVER_NAME=${serverName(request, server)}`,
    // The port the request came in by, whatever Host says: §4.1.15.
    `SERVER_PORT=${server.port ?? (server.secure ? 443 : 80)}`,
    `REQUEST_METHOD=${method}`,
    `SCRIPT_NAME=${bytesOf(script.name)}`,
    // "The server MUST set this variable", also where there is no query: §4.1.7.
    `QUERY_STRING=${query ?? ""}`,
    // A client without an address (on a Unix-domain socket) gets none: 127.0.0.1 would be trusted by some.
    `REMOTE_ADDR=${remote}`,
    // "The server MAY substitute the REMOTE_ADDR value", and asks no name server for it: §4.1.9.
    `REMOTE_HOST=${remote}`,
    // From here on what Apache and nginx set, and programs expect.
    `REQUEST_URI=${query === undefined ? path : `${path}?${query}`}`,
    `REQUEST_SCHEME=${server.secure ? "https" : "http"}`,
    `DOCUMENT_ROOT=${bytesOf(script.root)}`,
    `SCRIPT_FILENAME=${bytesOf(script.file)}`,
  ];
  if (script.pathInfo !== "") {
    const pathInfo = bytesOf(script.pathInfo);
    list.push(`PATH_INFO=${pathInfo}`, `PATH_TRANSLATED=${bytesOf(script.root.replace(/\/$/, ""))}${pathInfo}`);
  }
  if (contentLength !== undefined) list.push(`CONTENT_LENGTH=${contentLength}`);
  const type = fields.get("content-type");
  if (type !== undefined) list.push(`CONTENT_TYPE=${type}`);
  if (server.host !== undefined) list.push(`SERVER_ADDR=${server.host}`);
  if (client.port !== undefined) list.push(`REMOTE_PORT=${client.port}`);
  if (server.secure) list.push("HTTPS=on");
  for (const [name, value] of fieldVariables(request)) list.push(`${name}=${value}`);
  return list;
}

/** The host without its port; an IPv6 address keeps its brackets (§4.1.14). */
function serverName(request: Pick<Request, "target" | "fields">, { host, name }: Call["server"]): string {
  const asked = hostOf(request)?.replace(/:\d*$/, "");
  if (asked !== undefined && asked !== "") return asked;
  if (name !== undefined) return name;
  if (host === undefined) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * What is not told: where it stands in another variable; where it is for the server's ears alone (§9.2); and Proxy,
 * because HTTP_PROXY is where programs look for the proxy they are to use ("httpoxy", CVE-2016-5385).
 */
const UNTOLD: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "proxy",
  "proxy-authorization",
]);

/**
 * Letters, digits and hyphens. With an underscore, `Content_Length` and `X_Forwarded_For` would end up in the
 * variables of the fields they imitate; nginx drops such fields, too.
 */
const PLAIN_NAME = /^[A-Za-z0-9-]+$/;

/** HTTP_*, one for each name; "multiple header fields with the same field-name" become one value (§4.1.18). */
function fieldVariables({ fields }: Pick<Request, "fields">): Map<string, string> {
  const variables = new Map<string, string>();
  const connection = fields.get("connection");
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (UNTOLD.has(lower) || !PLAIN_NAME.test(name) || isHopByHop(lower, connection)) continue;
    const variable = `HTTP_${lower.toUpperCase().replaceAll("-", "_")}`;
    const before = variables.get(variable);
    // Cookies are the one list that has another separator (RFC 6265 §4.2.1).
    variables.set(variable, before === undefined ? value : `${before}${lower === "cookie" ? "; " : ", "}${value}`);
  }
  return variables;
}

/** UTF-8, one byte a letter; most text is ASCII and so already is. */
const bytesOf = (text: string): string => (/^[\0-\x7f]*$/.test(text) ? text : latin1(utf8(text)));
