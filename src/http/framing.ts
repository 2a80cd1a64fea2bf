/** Where a message's body ends (RFC 9112 §6.3): the rules whose misreading is request smuggling. */

import type { Fields } from "./fields.ts";
import { elements } from "./grammar.ts";
import { ProtocolError } from "./message.ts";

/** A number of bytes, or one of the two below. */
export type BodyLength = number;
/** The chunked coding says where it ends. */
export const CHUNKED: BodyLength = -1;
/** It ends where the connection does; only a response may. */
export const UNTIL_CLOSE: BodyLength = -2;

/**
 * The length of a request's body; 0 where there is none.
 *
 * @example
 * requestBodyLength(1, Fields.of({ "Content-Length": "5" })); // 5
 */
export function requestBodyLength(minor: 0 | 1, fields: Fields): BodyLength {
  return declaredLength(minor, fields) ?? 0;
}

/**
 * The length of a response's body, which depends on what was asked, too.
 *
 * @example
 * responseBodyLength("HEAD", 200, 1, Fields.of({ "Content-Length": "5" })); // 0
 */
export function responseBodyLength(method: string, status: number, minor: 0 | 1, fields: Fields): BodyLength {
  // Rules 1 and 2: neither has a body, whatever its fields say.
  if (isBodiless(method, status)) return 0;
  // "If a Transfer-Encoding header field is present in a response and the chunked transfer coding is not the final encoding,
  // the message body length is determined by reading the connection until it is closed by the server" — rule 4.
  if (minor === 1 && isNoCoding(fields.get("transfer-encoding")) && !fields.has("content-length")) return UNTIL_CLOSE;
  return declaredLength(minor, fields) ?? UNTIL_CLOSE;
}

/** Codings that somebody may have applied, and that we cannot undo (RFC 9112 §7.2). */
const APPLICABLE: ReadonlySet<string> = new Set(["compress", "deflate", "gzip", "x-compress", "x-gzip", "br", "zstd"]);

/** Whether the field names nothing but words that are no coding: then none has been applied, and the bytes are what they are. */
function isNoCoding(value: string | undefined): boolean {
  if (value === undefined) return false;
  const codings = elements(value.toLowerCase()).map((coding) => coding.replace(/[ \t;].*$/, ""));
  return codings.length > 0 && !codings.some((coding) => coding.includes("chunked") || APPLICABLE.has(coding));
}

/**
 * Whether a response ends after its head, whatever its fields say (§6.3 rules 1 and 2).
 *
 * @example
 * isBodiless("GET", 304); // true
 */
export function isBodiless(method: string, status: number): boolean {
  if (method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200)) return true;
  return method === "CONNECT" && status >= 200 && status < 300;
}

/**
 * Where a response says the same length several times, it shall say it once: "all values in the list are the same (in
 * which case, the message is processed with that single value used as the Content-Length field value)" — rule 5.
 *
 * @example
 * const fields = Fields.of({ "Content-Length": "5, 5" });
 * mendContentLength(fields);
 * fields.get("content-length"); // "5"
 */
export function mendContentLength(fields: Fields): void {
  const value = fields.get("content-length");
  if (value === undefined || !value.includes(",")) return;
  const lengths = elements(value);
  if (lengths.length > 0 && lengths.every((length) => length === lengths[0])) fields.set("Content-Length", lengths[0]!);
}

function declaredLength(minor: 0 | 1, fields: Fields): BodyLength | undefined {
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    // "Such a message might indicate an attempt to perform request smuggling" — rule 3; we refuse it.
    if (fields.has("content-length")) {
      throw new ProtocolError(
        400,
        "Cannot tell the body's length: both Content-Length and Transfer-Encoding are given",
      );
    }
    // "MUST treat the message as if the framing is faulty" — §6.1
    if (minor === 0) throw new ProtocolError(400, "Cannot tell the body's length: HTTP/1.0 has no Transfer-Encoding");
    requireChunked(coding);
    return CHUNKED;
  }
  const lengths = fields.get("content-length");
  return lengths === undefined ? undefined : contentLength(lengths);
}

/** We take chunked alone. Other codings are 501 (§6.1), and chunked must come last, once. */
function requireChunked(value: string): void {
  if (value.toLowerCase() === "chunked") return;
  const codings = elements(value.toLowerCase());
  const last = codings.at(-1);
  if (last === undefined || (codings.indexOf("chunked") < codings.length - 1 && codings.includes("chunked"))) {
    throw new ProtocolError(400, "Cannot tell the body's length: chunked is not the last transfer coding");
  }
  const unknown = codings.find((coding) => coding !== "chunked");
  if (unknown !== undefined) throw new ProtocolError(501, "Cannot read the body: its transfer coding is not known");
}

/**
 * 1*DIGIT, once. "A recipient MUST anticipate potentially large decimal numerals" (RFC 9110 §8.6):
 * what a number cannot count exactly is refused. So is `5, 5`, which one may forgive: no honest client sends it.
 *
 * @example
 * contentLength("42"); // 42
 */
export function contentLength(value: string): number {
  const length = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) {
    throw new ProtocolError(400, "Cannot tell the body's length: Content-Length is not one number");
  }
  return length;
}
