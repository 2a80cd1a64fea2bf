/** What a program writes to its standard error, as lines for the log: not too long, not too many, and harmless. */

import { Inbox } from "../http/inbox.ts";

/** Bytes of a line; what is longer is cut. */
const LINE = 1000;

/** Lines of one program; more than that is for its own log. */
const LINES = 100;

const LF = 0x0a;

/**
 * Takes bytes, gives lines. Control characters, with which a line could forge others or steer a terminal, are spelt out.
 *
 * @example
 * const grumbling = new Grumbling();
 * grumbling.receive(utf8("no such file\nhalf a")); // ["no such file"]
 * grumbling.end(); // ["half a"]
 */
export class Grumbling {
  readonly #inbox = new Inbox();
  #lines = 0;
  /** Whether we are in the middle of a line that was cut. */
  #isCut = false;

  /** The lines that are complete now. */
  receive(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    if (this.#lines > LINES) return lines;
    this.#inbox.add(bytes);
    for (let length = this.#lineLength(); length !== undefined; length = this.#lineLength()) {
      this.#take(length, lines);
    }
    return lines;
  }

  /** The last line, if it was not ended. */
  end(): string[] {
    const lines: string[] = [];
    if (this.#inbox.length > 0) this.#take(this.#inbox.length, lines);
    return lines;
  }

  /** Of the first line, its LF included; undefined while it may still grow. */
  #lineLength(): number | undefined {
    const { bytes, at, end } = this.#inbox;
    const found = bytes.subarray(at, Math.min(end, at + LINE)).indexOf(LF);
    if (found >= 0) return found + 1;
    return end - at >= LINE ? LINE : undefined;
  }

  #take(length: number, lines: string[]): void {
    const bytes = this.#inbox.take(length)!;
    const isEnded = bytes.at(-1) === LF;
    const isRest = this.#isCut;
    this.#isCut = !isEnded;
    if (isRest || this.#lines > LINES) return;
    const text = printable(decoder.decode(bytes));
    this.#lines += 1;
    if (this.#lines > LINES) lines.push(`(more than ${LINES} lines: the rest is left out)`);
    else if (text !== "") lines.push(isEnded || bytes.length < LINE ? text : `${text}…`);
  }
}

const decoder = new TextDecoder();

const printable = (text: string): string =>
  text.replace(/\r?\n?$/, "").replace(/[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, spell);

const spell = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
