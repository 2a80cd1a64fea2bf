/** Writes messages: the head as text, the content in the framing that fits (RFC 9112 §2–§7). */

import type { Fields } from "./fields.ts";
import { type BodyLength, CHUNKED, contentLength, isBodiless, UNTIL_CLOSE } from "./framing.ts";
import { elements, isFieldValue, isToken } from "./grammar.ts";
import type { Body, Request, Response } from "./message.ts";
import { KNOWN_METHODS } from "./methods.ts";
import { staysOpen } from "./persistence.ts";
import { reasonOf } from "./status.ts";

export interface Plan {
  /** The head, one letter a byte. */
  readonly head: string;
  /** How the content is to be framed; 0 where none may follow the head. */
  readonly length: BodyLength;
  /** Whether the connection stays open after it. */
  readonly staysOpen: boolean;
}

/**
 * How to answer: the head to send, the framing of what follows, and whether another request may follow.
 * `mayStay` false closes the connection after this answer. Throws a TypeError where the
 * response cannot be written truly: the handler's mistake, not the peer's.
 *
 * @example
 * const response = { status: 200, fields: new Fields(), body: utf8("hi") };
 * planResponse({ method: "GET", minor: 1, fields: new Fields() }, response, { date: "", mayStay: true }).length; // 2
 */
export function planResponse(
  request: Pick<Request, "method" | "minor" | "fields">,
  response: Response,
  { date, mayStay }: { readonly date: string; readonly mayStay: boolean },
): Plan {
  const { status } = response;
  const fields = responseFields(response.fields, status);
  const length = responseFraming(request, response, fields);
  const stays =
    mayStay && length !== UNTIL_CLOSE && staysOpen(request.minor, request.fields) && staysOpen(1, response.fields);

  if (!stays) addConnection(fields, "close");
  // "A server that receives an HTTP/1.0 request … keep-alive" – it stays only where it is told so (RFC 9112 §9.3).
  else if (request.minor === 0) addConnection(fields, "keep-alive");
  if (!fields.has("date") && date !== "") fields.append("Date", date);
  return { head: responseHead(status, response.reason, fields), length, staysOpen: stays };
}

/** What stands in the head besides framing; the handler does not frame, the connection does. */
function responseFields(given: Fields, status: number): Fields {
  const fields = given.copy().delete("transfer-encoding");
  const connection = fields.get("connection");
  if (connection !== undefined) {
    // An upgrade is the one thing that a handler says about the connection (RFC 9110 §7.8).
    const options = elements(connection).filter((option) => !/^(close|keep-alive)$/i.test(option));
    fields.delete("connection");
    if (options.length > 0) fields.append("Connection", options.join(", "));
  }
  // "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx or 204" – RFC 9110 §8.6
  if (status === 204 || (status >= 100 && status < 200)) fields.delete("content-length");
  return fields;
}

function addConnection(fields: Fields, option: string): void {
  const others = fields.get("connection");
  fields.set("Connection", others === undefined ? option : `${others}, ${option}`);
}

/** Sets Content-Length or Transfer-Encoding, and says which framing that is. */
function responseFraming(request: Pick<Request, "method" | "minor">, response: Response, fields: Fields): BodyLength {
  const { status, body } = response;
  const declared = fields.get("content-length");
  if (isBodiless(request.method, status)) {
    // What GET would say may be said, where it is known (RFC 9110 §9.3.2); a 304 needs no length.
    if (
      declared === undefined &&
      body?.length !== undefined &&
      request.method === "HEAD" &&
      status !== 204 &&
      status >= 200
    ) {
      fields.set("Content-Length", String(body.length));
    }
    return 0;
  }
  const length = body === undefined ? 0 : body.length;
  if (declared !== undefined) {
    const promised = contentLength(declared);
    if (length !== undefined && length !== promised) {
      throw new TypeError(`Cannot write the response: Content-Length is ${promised}, its body has ${length} bytes`);
    }
    return promised;
  }
  if (length !== undefined) {
    fields.append("Content-Length", String(length));
    return length;
  }
  if (request.minor === 0) return UNTIL_CLOSE;
  fields.append("Transfer-Encoding", "chunked");
  return CHUNKED;
}

/**
 * A response's head, one letter a byte. Throws a TypeError for fields that would break out of their line.
 *
 * @example
 * responseHead(404, undefined, new Fields()); // "HTTP/1.1 404 Not Found\r\n\r\n"
 */
export function responseHead(status: number, reason: string | undefined, fields: Fields): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new TypeError(`Cannot write the response: "${status}" is no status`);
  }
  const usual = reasonOf(status);
  const phrase = reason ?? usual;
  if (phrase !== usual && !isFieldValue(phrase)) {
    throw new TypeError("Cannot write the response: its reason phrase is not one line");
  }
  return `HTTP/1.1 ${status} ${phrase}\r\n${printFields(fields)}\r\n`;
}

/**
 * A request's head, as a client sends it, one letter a byte.
 *
 * @example
 * requestHead({ method: "GET", target: "/", minor: 1, fields: Fields.of({ Host: "a" }) });
 * // "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
 */
export function requestHead({ method, target, minor, fields }: Omit<Request, "body">): string {
  if (!KNOWN_METHODS.has(method) && !isToken(method))
    throw new TypeError(`Cannot write the request: "${method}" is no method`);
  if (target === "" || !isFieldValue(target) || target.includes(" ") || target.includes("\t")) {
    throw new TypeError("Cannot write the request: its target is not one word");
  }
  return `${method} ${target} HTTP/1.${minor}\r\n${printFields(fields)}\r\n`;
}

/**
 * How a client frames its request's body: the framing, with the fields that say so added to `fields`.
 *
 * @example
 * const fields = new Fields();
 * frameRequest("POST", { length: 3, read: () => undefined, cancel() {} }, fields); // 3
 * fields.get("content-length"); // "3"
 */
export function frameRequest(method: string, body: Body | Uint8Array | undefined, fields: Fields): BodyLength {
  fields.delete("transfer-encoding").delete("content-length");
  if (body === undefined) {
    // "A user agent SHOULD send Content-Length in a request when the method defines a meaning for enclosed content" – RFC 9110 §8.6
    if (method === "POST" || method === "PUT" || method === "PATCH") fields.append("Content-Length", "0");
    return 0;
  }
  if (body.length === undefined) {
    fields.append("Transfer-Encoding", "chunked");
    return CHUNKED;
  }
  fields.append("Content-Length", String(body.length));
  return body.length;
}

/** The last door before the wire: whoever made the fields, none of them smuggles a line. */
function printFields(fields: Fields): string {
  fields.check();
  return fields.print();
}
