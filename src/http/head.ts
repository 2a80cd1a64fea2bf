/** The head of a message: a start line and field lines, each ended by CRLF (RFC 9112 §2.1, §5). */

import { latin1 } from "../base/bytes.ts";
import { Fields } from "./fields.ts";
import { IS_LINE, IS_TOKEN, IS_VALUE } from "./grammar.ts";
import type { Inbox } from "./inbox.ts";
import type { Limits } from "./limits.ts";
import { ProtocolError } from "./message.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const LETTER_H = 0x48;

/** Some old clients send an empty line behind their content; who sends more has something else in mind. */
const MOST_SKIPPED = 100;

export interface Head {
  readonly startLine: string;
  readonly fields: Fields;
}

/**
 * Reads heads off an inbox. When one is incomplete it remembers the lines that were complete,
 * so that however it is torn, each line is looked at until it ends and then never again.
 *
 * With `hasStartLine` false it reads a trailer section: field lines only. With `isLenient` true it mends what old
 * servers do and an RFC lets a client mend: a bare LF as a line's end, a blank before the colon, a folded line.
 * In requests each of them has led to smuggling, and nobody honest sends them.
 *
 * @internal
 */
export class HeadReader {
  readonly #limits: Limits;
  readonly #hasStartLine: boolean;
  readonly #isLenient: boolean;
  /** Offsets from the head's first byte: start line's end, then for each field name's start and end, value's start and end. */
  #marks: number[] = [];
  /** Where the first field line starts. */
  #fieldsAt = 0;
  /** How many empty lines came before it. */
  #skipped = 0;
  /** Where the first line starts that was not complete. */
  #line = 0;

  constructor(limits: Limits, hasStartLine = true, isLenient = false) {
    this.#limits = limits;
    this.#hasStartLine = hasStartLine;
    this.#isLenient = isLenient;
  }

  /** The next head, which is then no longer in the inbox; undefined while it is not complete. */
  read(inbox: Inbox): Head | undefined {
    if (this.#hasStartLine && this.#marks.length === 0 && !this.#readStartLine(inbox)) return undefined;

    const length = this.#readFieldLines(inbox);
    if (length === undefined) return undefined;

    const marks = this.#marks;
    const text = latin1(inbox.bytes, inbox.at, inbox.at + length);
    inbox.skip(length);
    const list: string[] = [];
    for (let i = this.#hasStartLine ? 1 : 0; i < marks.length; i += 4) {
      list.push(text.slice(marks[i]!, marks[i + 1]!), text.slice(marks[i + 2]!, marks[i + 3]!));
    }
    const startLine = this.#hasStartLine ? text.slice(0, marks[0]!) : "";
    this.#marks.length = 0;
    this.#line = 0;
    this.#skipped = 0;
    return { startLine, fields: new Fields(list, true) };
  }

  #readStartLine(inbox: Inbox): boolean {
    // "A server that is expecting to receive and parse a request-line SHOULD ignore
    // at least one empty line (CRLF) received prior to the request-line" — §2.2
    while (inbox.length >= 2 && inbox.bytes[inbox.at] === CR && inbox.bytes[inbox.at + 1] === LF) {
      inbox.skip(2);
      this.#skipped += 1;
      if (this.#skipped > MOST_SKIPPED) throw new ProtocolError(400, "Cannot read the start line: it does not come");
    }
    const { bytes, at: start, end } = inbox;
    // A server of another protocol may say its line and wait: so one need not.
    if (this.#isLenient && start < end && bytes[start] !== LETTER_H && !(bytes[start] === CR && start + 1 === end)) {
      throw new ProtocolError(400, "Cannot read the start line: this is not HTTP");
    }

    let i = start;
    while (i < end && IS_LINE[bytes[i]!] === 1) i++;
    if (i - start > this.#limits.startLine) throw new ProtocolError(414, "Cannot read the start line: it is too long");
    const lineEnd = lineEndAt(bytes, i, end, "start line", this.#isLenient);
    if (lineEnd === 0) return false;
    // What follows an empty line is skipped above, so a lone CR that waits for its LF is no line yet.
    this.#marks.push(i - start);
    this.#fieldsAt = i + lineEnd - start;
    this.#line = this.#fieldsAt;
    return true;
  }

  /** How long the head is, empty line included; undefined while it is not complete. */
  #readFieldLines(inbox: Inbox): number | undefined {
    const { bytes, end, at } = inbox;
    const { field, fields, fieldCount } = this.#limits;
    const marks = this.#marks;
    const isLenient = this.#isLenient;
    const before = this.#fieldsAt;
    let line = at + this.#line;

    for (;;) {
      if (line - at - before > fields)
        throw new ProtocolError(431, "Cannot read the fields: they are too long together");
      if (line === end) return undefined;
      const first = bytes[line]!;
      if (first === CR || first === LF) {
        const lineEnd = lineEndAt(bytes, line, end, "field", isLenient);
        return lineEnd === 0 ? undefined : line + lineEnd - at;
      }

      let i = line;
      let nameEnd = line;
      let start = line;
      if (isLenient && isBlank(first) && marks.length > 1) {
        // A folded line: it goes on with the field before it, and counts with that.
        start = at + marks[marks.length - 4]!;
      } else {
        while (i < end && IS_TOKEN[bytes[i]!] === 1) i++;
        nameEnd = i;
        // "A proxy MUST remove any such whitespace from a response message" — §5.1
        if (isLenient && i > line) while (i < end && isBlank(bytes[i]!)) i++;
        if (i === end) return this.#incomplete(i - line, field);
        if (bytes[i] !== COLON || i === line) throw notAName(bytes[i]!, i === line);
        i++;
      }

      while (i < end && isBlank(bytes[i]!)) i++;
      const valueStart = i;
      while (i < end && IS_VALUE[bytes[i]!] === 1) i++;
      if (i - start > field) throw new ProtocolError(431, "Cannot read a field: it is too long");
      const lineEnd = lineEndAt(bytes, i, end, "field", isLenient);
      if (lineEnd === 0) return undefined;
      let valueEnd = i;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd--;

      if (start !== line) this.#unfold(bytes, at, valueStart, valueEnd);
      else marks.push(line - at, nameEnd - at, valueStart - at, valueEnd - at);
      if (marks.length > fieldCount * 4 + 1) throw new ProtocolError(431, "Cannot read the fields: they are too many");
      line = i + lineEnd;
      this.#line = line - at;
    }
  }

  /**
   * "MUST … replace each received obs-fold with one or more SP octets prior to interpreting the field value or
   * forwarding the message" — §5.2. The bytes are ours: one SP goes over the fold, and what follows comes up behind it.
   */
  #unfold(bytes: Uint8Array, at: number, start: number, end: number): void {
    if (start === end) return;
    const marks = this.#marks;
    const last = marks.length - 1;
    let valueEnd = marks[last]!;
    if (valueEnd > marks[last - 1]!) bytes[at + valueEnd++] = SPACE;
    bytes.copyWithin(at + valueEnd, start, end);
    marks[last] = valueEnd + end - start;
  }

  #incomplete(length: number, limit: number): undefined {
    if (length > limit) throw new ProtocolError(431, "Cannot read a field: it is too long");
  }
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;

/** How long the line's end is that stands here; 0 while it has not all come yet. */
function lineEndAt(bytes: Uint8Array, at: number, end: number, what: string, isLenient: boolean): 0 | 1 | 2 {
  if (at === end) return 0;
  if (bytes[at] === LF) {
    // "a recipient MAY recognize a single LF as a line terminator" — §2.2
    if (isLenient) return 1;
    throw new ProtocolError(400, `Cannot read the ${what}: a line ends with a bare LF`);
  }
  if (bytes[at] !== CR) throw new ProtocolError(400, `Cannot read the ${what}: it holds a control character`);
  if (at + 1 === end) return 0;
  // "A recipient of such a bare CR MUST consider that element to be invalid" — §2.2
  if (bytes[at + 1] !== LF) throw new ProtocolError(400, `Cannot read the ${what}: a CR stands without its LF`);
  return 2;
}

function notAName(byte: number, atStart: boolean): ProtocolError {
  if (atStart && isBlank(byte)) return new ProtocolError(400, "Cannot read a field: folded lines are obsolete"); // §5.2
  if (atStart && byte === COLON) return new ProtocolError(400, "Cannot read a field: its name is empty");
  // "No whitespace is allowed between the field name and colon" — §5.1: it has led to smuggling
  if (isBlank(byte)) return new ProtocolError(400, "Cannot read a field: a blank stands before the colon");
  if (byte === LF) return new ProtocolError(400, "Cannot read a field: a line ends with a bare LF");
  return new ProtocolError(400, "Cannot read a field: its name is not a token");
}
