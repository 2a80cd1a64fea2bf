/** Walks along the tokens of a script, and says where it is when something else was expected. */

import type { Token } from "./lexer.ts";
import { NotSupported, ScriptError } from "./problems.ts";

export class Cursor {
  readonly path: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(path: string, tokens: readonly Token[]) {
    this.path = path;
    this.#tokens = tokens;
  }

  /** The next token, or one behind it; at the end always the last. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === "sign" || token.kind === "word");
  }

  /** Whether this sign or word comes next; then it is behind us. */
  skip(text: string): boolean {
    const comes = this.is(text);
    if (comes) this.#at += 1;
    return comes;
  }

  expect(text: string): void {
    if (!this.skip(text)) this.fail(`"${text}"`);
  }

  take(kind: Token["kind"], what: string): string {
    if (this.peek().kind !== kind) this.fail(what);
    return this.next().text;
  }

  word(what: string): string {
    return this.take("word", what);
  }

  number(what: string): number {
    return Number(this.take("number", what));
  }

  /** A whole number from 0 up to, not including, `limit`. */
  integer(what: string, limit = 2 ** 32): number {
    const { line } = this.peek();
    const value = this.number(what);
    if (!Number.isInteger(value) || value < 0 || value >= limit) {
      throw new ScriptError(this.path, line, `expected ${what} from 0 to ${limit - 1}, got "${value}"`);
    }
    return value;
  }

  fail(expected: string): never {
    const { kind, text, line } = this.peek();
    const got = kind === "end" ? "the end of the file" : `"${text}"`;
    throw new ScriptError(this.path, line, `expected ${expected}, got ${got}`);
  }

  /** What the language has, and we have not. */
  refuse(what: string): never {
    throw new NotSupported(`${this.path}:${this.peek().line}: not supported: ${what}`);
  }
}
