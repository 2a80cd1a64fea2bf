/** A file's bytes in one content coding, and all answers to GET and HEAD that they give (RFC 9110 §3.2, §13, §14). */

import { concat } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { mayServeRange, precondition, type Validators } from "../http/conditions.ts";
import { printDate } from "../http/dates.ts";
import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { PreparedResponse } from "../http/prepared.ts";
import { type ByteRange, contentRange, parseRanges, unsatisfied } from "../http/ranges.ts";
import type { Answer } from "../web/handler.ts";
import { statusPage } from "../web/page.ts";
import { multipart } from "./byteranges.ts";
import { FileBody } from "./file-body.ts";
import { openFile, readFile } from "./open-file.ts";
import type { Origin } from "./within.ts";

/** An answer; undefined where the file is not any more what it was, and one must look again. */
export type Attempt = Answer | Promise<Answer | undefined>;

export interface Description {
  readonly type: string;
  /** The content coding; undefined where the bytes are as they are. */
  readonly coding?: string | undefined;
  readonly etag: string;
  readonly lastModified: number | undefined;
  /** Whether there are others, in other codings. */
  readonly varies: boolean;
}

export interface Keeping {
  readonly clock: Clock;
  /** Content up to so many bytes may stay in memory. */
  readonly largest: number;
  /** More is in memory than before. */
  onGrowth(): void;
}

/** Read whole when first asked for: up to this size that is cheaper than sending it in pieces. */
const SMALL = 512 * 1024;

/** Shorter content is held once more, joined to its head (http/prepared.ts). */
const JOINED = 32 * 1024;

/**
 * Short content is read when it is first asked for, and kept; larger content when it is asked for again, if it may be
 * kept; else it is sent from the file, in pieces.
 *
 * @example
 * const description = { type: "text/plain", etag: '"v1"', lastModified: undefined, varies: false };
 * const keeping = { clock: realClock, largest: 1024 * 1024, onGrowth() {} };
 * const answer = await new Representation(description, utf8("hello"), keeping).answer(request);
 * answer?.status; // 200
 */
export class Representation {
  readonly #description: Description;
  readonly #validators: Validators;
  readonly #origin: Origin | undefined;
  readonly #keeping: Keeping;
  readonly #length: number;
  /** The answer to a plain GET, once the content is in memory. */
  #ok: PreparedResponse | undefined;
  #notModified: PreparedResponse | undefined;
  #loading: Promise<PreparedResponse | undefined> | undefined;
  #timesSent = 0;

  /** From a file, or from bytes that were made. */
  constructor(description: Description, source: Origin | Uint8Array, keeping: Keeping) {
    this.#description = description;
    this.#validators = description;
    this.#keeping = keeping;
    if (source instanceof Uint8Array) {
      this.#length = source.length;
      this.#ok = this.#prepare(source);
    } else {
      this.#origin = source;
      this.#length = source.state.length;
      if (this.#length === 0) this.#ok = this.#prepare(new Uint8Array(0));
    }
  }

  /** How many bytes of content it holds in memory, about. */
  get size(): number {
    return this.#ok === undefined ? 0 : this.#length + Math.min(this.#length, JOINED);
  }

  /** For a GET or HEAD that has selected this one. */
  answer(request: Request): Attempt {
    const { method, fields } = request;
    if (isConditional(fields)) {
      const verdict = precondition(method, fields, this.#validators, this.#keeping.clock.date());
      if (verdict === "not modified") return (this.#notModified ??= notModified(this.#description));
      if (verdict === "precondition failed") return statusPage(412, request, "The file is not the one you meant");
    }
    if (method === "GET") {
      const range = fields.get("range");
      if (range !== undefined && mayServeRange(fields, this.#validators, this.#keeping.clock.date())) {
        const ranges = parseRanges(range, this.#length);
        if (ranges === "unsatisfiable") return this.#refuseRange(request);
        if (ranges !== undefined) return this.#partial(ranges);
      }
    }
    return this.#ok ?? this.#whole(method);
  }

  /** The content as the page that goes with an error: it has no validators, and no parts. */
  async page(status: number): Promise<Answer | undefined> {
    const content = await this.content();
    if (content === undefined) return undefined;
    const fields = Fields.of({
      "Content-Type": this.#description.type,
      "Content-Length": String(content.length),
      "X-Content-Type-Options": "nosniff",
    });
    return { status, fields, body: content };
  }

  /** All of it; undefined where the file is not any more what it was. */
  async content(): Promise<Uint8Array | undefined> {
    if (this.#ok !== undefined) return this.#ok.body;
    if (this.#length <= SMALL) return (await this.#load())?.body;
    return readFile(this.#origin!, this.#keeping.clock.date());
  }

  #whole(method: string): Attempt {
    // A HEAD needs no file.
    if (method === "HEAD") return { status: 200, fields: this.#fields(this.#length) };
    if (this.#loading !== undefined) return this.#loading;
    this.#timesSent += 1;
    // Who is asked for twice will be asked for again: what fits is sent from memory, at twice the speed.
    if (this.#length <= SMALL || (this.#length <= this.#keeping.largest && this.#timesSent > 1)) return this.#load();
    return this.#fromFile(200, this.#fields(this.#length), [{ first: 0, last: this.#length - 1 }]);
  }

  /** However many ask for it at a time, it is read once. */
  #load(): Promise<PreparedResponse | undefined> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<PreparedResponse | undefined> {
    const content = await readFile(this.#origin!, this.#keeping.clock.date());
    if (content === undefined) return undefined;
    this.#ok = this.#prepare(content);
    this.#keeping.onGrowth();
    return this.#ok;
  }

  #prepare(content: Uint8Array): PreparedResponse {
    return new PreparedResponse(200, this.#fields(content.length), content);
  }

  #partial(ranges: readonly ByteRange[]): Attempt {
    if (ranges.length === 1) {
      const [range] = ranges as readonly [ByteRange];
      const fields = this.#fields(range.last - range.first + 1);
      return this.#send(206, fields.append("Content-Range", contentRange(range, this.#length)), [range]);
    }
    const { type, parts, length } = multipart(ranges, this.#description.type, this.#length);
    return this.#send(206, this.#fields(length).set("Content-Type", type), parts);
  }

  #send(status: number, fields: Fields, parts: readonly (Uint8Array | ByteRange)[]): Attempt {
    const content = this.#ok?.body;
    if (content === undefined) return this.#fromFile(status, fields, parts);
    const pieces = parts.map((part) =>
      part instanceof Uint8Array ? part : content.subarray(part.first, part.last + 1),
    );
    return { status, fields, body: concat(pieces) };
  }

  async #fromFile(
    status: number,
    fields: Fields,
    parts: readonly (Uint8Array | ByteRange)[],
  ): Promise<Answer | undefined> {
    const { clock } = this.#keeping;
    const handle = await openFile(this.#origin!, clock.date());
    return handle === undefined ? undefined : { status, fields, body: new FileBody(handle, parts, clock) };
  }

  #refuseRange(request: Request): Answer {
    const fields = Fields.of({ "Content-Range": unsatisfied(this.#length), "Accept-Ranges": "bytes" });
    return statusPage(416, request, `It has ${this.#length} bytes`, fields);
  }

  #fields(length: number): Fields {
    const { type, coding, etag, lastModified, varies } = this.#description;
    return Fields.of({
      "Content-Type": type,
      "Content-Length": String(length),
      "Content-Encoding": coding,
      "Last-Modified": lastModified === undefined ? undefined : printDate(lastModified),
      "ETag": etag,
      "Accept-Ranges": "bytes",
      "Vary": varies ? "Accept-Encoding" : undefined,
      "X-Content-Type-Options": "nosniff",
    });
  }
}

/**
 * The 304 for a representation: with what a cache needs to find the right one, and no more (RFC 9110 §15.4.5).
 *
 * @example
 * notModified({ type: "text/html", etag: '"v1"', lastModified: undefined, varies: false }).status; // 304
 */
export function notModified({ etag, varies }: Description): PreparedResponse {
  const fields = Fields.of({ "ETag": etag, "Vary": varies ? "Accept-Encoding" : undefined });
  return new PreparedResponse(304, fields, new Uint8Array(0));
}

/** Nearly every request says no to all four; comparing lengths is all that costs. */
const isConditional = (fields: Fields): boolean =>
  fields.has("if-none-match") ||
  fields.has("if-modified-since") ||
  fields.has("if-match") ||
  fields.has("if-unmodified-since");
