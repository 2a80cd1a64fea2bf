/** What a program's header means: a document, another place for the client, or another place here (RFC 3875 §6.2). */

import { Fields } from "../http/fields.ts";
import { isHopByHop } from "../http/hop-by-hop.ts";
import { OutputError } from "./output.ts";

export type Meaning = Document | LocalRedirect;

/** What the client gets: a document, or a redirect with or without one. */
export interface Document {
  readonly kind: "document";
  readonly status: number;
  readonly reason: string | undefined;
  /** Without the fields that were for the server, or are the server's to set. */
  readonly fields: Fields;
  /** How many bytes the program promised; undefined where it did not say. */
  readonly length: number | undefined;
}

/** "This indicates to the server that it should reprocess the request using the path specified" – §6.2.2 */
export interface LocalRedirect {
  readonly kind: "local redirect";
  /** The path, with its query. */
  readonly target: string;
}

/**
 * Reads the three CGI fields. Throws an OutputError where they make no sense.
 *
 * A local Location with a Status of its own is passed on to the client, as Apache does: programs that
 * send `Status: 302` with `Location: /` mean the browser, and no place here.
 *
 * @example
 * understand(Fields.of({ Location: "/menu.html" })); // { kind: "local redirect", target: "/menu.html" }
 * understand(Fields.of({ Location: "https://example.org/" })).kind; // "document"
 */
export function understand(header: Fields): Meaning {
  const given = cgiField(header, "Status");
  const location = cgiField(header, "Location");
  const type = cgiField(header, "Content-Type");
  // "At least one CGI field MUST be supplied" – §6.3: where none is, it was not a header.
  if (given === undefined && location === undefined && type === undefined) {
    throw new OutputError("its header has no Content-Type, no Status and no Location");
  }
  if (given === undefined && location !== undefined && LOCAL.test(location)) {
    return { kind: "local redirect", target: location };
  }
  const { status, reason } = readStatus(given ?? (location === undefined ? "200" : "302"));
  return { kind: "document", status, reason, fields: passedOn(header), length: contentLength(header) };
}

/** abs-path [ "?" query-string ]. With a fragment it is not local: that only a browser can go to. */
const LOCAL = /^\/[!-"$-~]*$/;

/** "Each CGI field MUST NOT appear more than once" – §6.3 */
function cgiField(header: Fields, name: string): string | undefined {
  const values = header.all(name.toLowerCase());
  if (values.length > 1) throw new OutputError(`its header has ${values.length} ${name} fields`);
  return values[0];
}

/** A final status: that of an interim response would leave the client waiting. */
function readStatus(value: string): { status: number; reason: string | undefined } {
  const [, code, reason = ""] = /^([2-5]\d\d)(?:[ \t]+(.*))?$/.exec(value) ?? [];
  if (code === undefined) throw new OutputError(`its Status is ${JSON.stringify(value)}`);
  return { status: Number(code), reason: reason === "" ? undefined : reason };
}

/**
 * "The script MUST NOT return any header fields that relate to client-side communication issues" (§6.3.4); where it
 * does they go, as do the server's own extensions (§6.3.5): we have none.
 */
function passedOn(header: Fields): Fields {
  const connection = header.get("connection");
  const fields = new Fields();
  for (const [name, value] of header) {
    const lower = name.toLowerCase();
    if (lower !== "status" && !lower.startsWith("x-cgi-") && !isHopByHop(lower, connection)) fields.append(name, value);
  }
  return fields;
}

function contentLength(header: Fields): number | undefined {
  const value = header.get("content-length");
  if (value === undefined) return undefined;
  // As many digits as a number counts exactly.
  if (!/^\d{1,15}$/.test(value)) throw new OutputError(`its Content-Length is ${JSON.stringify(value)}`);
  return Number(value);
}
