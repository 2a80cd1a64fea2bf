/** Reads what a program writes: header fields, an empty line, and its content (RFC 3875 §6). */

import { latin1 } from "../base/bytes.ts";
import { Fields } from "../http/fields.ts";
import { isFieldValue, isToken } from "../http/grammar.ts";
import { Inbox } from "../http/inbox.ts";
import { LIMITS, type Limits } from "../http/limits.ts";

/**
 * The program does not keep to CGI. The message is for the log: it says what the program wrote instead.
 *
 * @example
 * new OutputReader().unfinished(); // OutputError: it wrote nothing
 */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Takes the output as it comes. Lines end with LF or CRLF, and no line goes on in the next (§6.3).
 *
 * @example
 * const reader = new OutputReader();
 * reader.receive(utf8("Content-Type: text/plain\n\n15213\n"));
 * reader.header()?.get("content-type"); // "text/plain"
 * latin1(reader.content()!); // "15213\n"
 */
export class OutputReader {
  readonly #limits: Limits;
  readonly #inbox = new Inbox();
  /** How many bytes have been searched for the header's end, and where the line begins that is not complete. */
  #searched = 0;
  #line = 0;

  constructor(limits: Limits = LIMITS) {
    this.#limits = limits;
  }

  receive(bytes: Uint8Array): void {
    this.#inbox.add(bytes);
  }

  /** The header, once; undefined while it is not complete. Throws an OutputError where it cannot be one. */
  header(): Fields | undefined {
    const length = this.#headerLength();
    if (length === undefined) return undefined;
    const { bytes, at } = this.#inbox;
    const lines = latin1(bytes, at, at + length).split("\n");
    this.#inbox.skip(length);
    // Behind the last newline there is nothing, and before it the empty line.
    return this.#parse(lines.slice(0, -2));
  }

  /** Content that has come and was not taken yet. */
  content(): Uint8Array | undefined {
    return this.#inbox.take(Number.POSITIVE_INFINITY);
  }

  /** What the program wrote, if it ends now without a header: an OutputError that says so. */
  unfinished(): OutputError {
    const { bytes, at, end } = this.#inbox;
    if (at === end) return new OutputError("it wrote nothing");
    return new OutputError(`it ended before its header did, after ${quote(latin1(bytes, at, end))}`);
  }

  /** The empty line included. */
  #headerLength(): number | undefined {
    const { bytes, at, end } = this.#inbox;
    for (let i = at + this.#searched; i < end; i++) {
      if (bytes[i] !== LF) continue;
      const line = at + this.#line;
      if (i === line || (i === line + 1 && bytes[line] === CR)) return i + 1 - at;
      this.#line = i + 1 - at;
    }
    this.#searched = end - at;
    if (this.#searched > this.#limits.fields) throw new OutputError("its header is too long");
    return undefined;
  }

  #parse(lines: readonly string[]): Fields {
    if (lines.length === 0) throw new OutputError("it begins with an empty line, where its header should be");
    if (lines.length > this.#limits.fieldCount) throw new OutputError("its header has too many fields");
    const list: string[] = [];
    for (const line of lines) {
      if (line.length > this.#limits.field) throw new OutputError("a field of its header is too long");
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(0, colon));
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]*\r?$/g, "");
      if (!isToken(name) || !isFieldValue(value)) throw new OutputError(`${quote(line)} is no header field`);
      // "A NULL field value is equivalent to a field not being sent" – §6.3
      if (value !== "") list.push(name, value);
    }
    return new Fields(list);
  }
}

/** As much of it as tells what it is. */
const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
