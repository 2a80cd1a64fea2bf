/** Fields put on every answer: those one asks for, CORS for all, cross-origin isolation. */

import { Fields } from "../http/fields.ts";
import { isFieldValue, isToken } from "../http/grammar.ts";
import { HOP_BY_HOP } from "../http/hop-by-hop.ts";
import type { Request } from "../http/message.ts";
import { KNOWN_METHODS } from "../http/methods.ts";
import { PreparedResponse } from "../http/prepared.ts";
import type { Answer, Exchange, Handler } from "../web/handler.ts";

export type Header = readonly [name: string, value: string];

export interface HeaderOptions {
  /** Set on every answer in place of what the handler or a switch says; a name that comes twice is sent twice. */
  readonly header?: readonly Header[];
  /** Pages of any origin may read the answers (CORS), and ask in advance whether they may. Default false. */
  readonly cors?: boolean;
  /** Pages are isolated from other origins (COOP, COEP, CORP), which `SharedArrayBuffer` asks for. Default false. */
  readonly coi?: boolean;
}

/**
 * A handler whose answers bear these fields. A prepared response stays one: it is made once for each
 * that the handler has. What programs write for themselves (nph) is left alone.
 *
 * @example
 * const decorated = withHeaders(handler, { header: [parseHeader("Cache-Control: no-store")], cors: true });
 */
export function withHeaders(handler: Handler, options: HeaderOptions): Handler {
  const asked = options.header ?? [];
  const names = new Set(asked.map(([name]) => name.toLowerCase()));
  const switched = [...(options.cors ? CORS : []), ...(options.coi ? isolation(options) : [])];
  const added = [...switched.filter(([name]) => !names.has(name.toLowerCase())), ...asked];
  for (const [name] of added) names.add(name.toLowerCase());
  const prepared = new WeakMap<PreparedResponse, PreparedResponse>();

  const fieldsOf = (answer: Answer): Fields => {
    const fields = answer.fields.copy();
    for (const name of names) fields.delete(name);
    for (const [name, value] of added) fields.append(name, value);
    return fields;
  };

  const decorate = (answer: Answer): Answer => {
    if (answer.raw === true) return answer;
    if (!(answer instanceof PreparedResponse)) return { ...answer, fields: fieldsOf(answer) };
    let decorated = prepared.get(answer);
    if (decorated === undefined) {
      decorated = new PreparedResponse(answer.status, fieldsOf(answer), answer.body);
      prepared.set(answer, decorated);
    }
    return decorated;
  };

  return (request: Request, exchange: Exchange) => {
    if (options.cors && isPreflight(request)) return decorate(PREFLIGHT);
    const answer = handler(request, exchange);
    return answer instanceof Promise ? answer.then(decorate) : decorate(answer);
  };
}

/** Readable for all, with all its fields: without the second, a page sees neither ETag nor Content-Range. */
const CORS: readonly Header[] = [
  ["Access-Control-Allow-Origin", "*"],
  ["Access-Control-Expose-Headers", "*"],
];

const isPreflight = ({ method, fields }: Request): boolean =>
  method === "OPTIONS" && fields.has("origin") && fields.has("access-control-request-method");

/** What a page may ask for: all that `fetch` can say. The "*" does not mean Authorization (Fetch §3.3.5). */
const PREFLIGHT = new PreparedResponse(
  204,
  Fields.of({
    "Access-Control-Allow-Methods": [...KNOWN_METHODS]
      .filter((method) => method !== "CONNECT" && method !== "TRACE")
      .join(", "),
    "Access-Control-Allow-Headers": "*, Authorization",
  }),
  new Uint8Array(0),
);

const isolation = ({ cors }: HeaderOptions): readonly Header[] => [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  // What everyone may read, everyone may embed; else it is for our own pages.
  ["Cross-Origin-Resource-Policy", cors ? "cross-origin" : "same-origin"],
];

/**
 * Reads a field as people write it, `Name: value`. Throws a TypeError of one line where it is none, or
 * where it is one that the server must write itself: a framing that lies is an attack on who believes it.
 *
 * @example
 * parseHeader("Cache-Control: no-store"); // ["Cache-Control", "no-store"]
 */
export function parseHeader(text: string): Header {
  const refuse = (why: string) => new TypeError(`Cannot add the header ${JSON.stringify(text)}: ${why}`);
  const colon = text.indexOf(":");
  if (colon < 0) throw refuse('it is not written "Name: value"');
  const name = text.slice(0, colon);
  const value = text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  if (!isToken(name)) throw refuse(`${JSON.stringify(name)} is not a name`);
  if (OURS.has(name.toLowerCase())) throw refuse(`the server writes ${name} itself`);
  // Above ASCII it depends on the reader what is read (RFC 9110 §5.5).
  if (!isFieldValue(value) || /[^\t -~]/.test(value)) throw refuse("its value is not one line of ASCII");
  return [name, value];
}

const OURS: ReadonlySet<string> = new Set([...HOP_BY_HOP, "content-length", "content-range", "date"]);
