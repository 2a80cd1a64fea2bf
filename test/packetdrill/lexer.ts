/** Cuts a packetdrill script into tokens; of several that fit, the longest is meant, as its own scanner has it. */

import { ScriptError } from "./problems.ts";

export interface Token {
  readonly kind: "option" | "number" | "word" | "string" | "shell" | "code" | "address" | "sign" | "end";
  /** Without the quotes or brackets around it. */
  readonly text: string;
  readonly line: number;
}

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;

/** In the order in which they are tried: where two fit equally well, the first is meant. */
const TOKENS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["code", /%\{([\s\S]*?)\}%/y],
  ["shell", /`((?:\\.|[^`\\])*)`/y],
  ["string", /"((?:\\.|[^"\\])*)"/y],
  ["option", /--([A-Za-z0-9_]+)/y],
  ["sign", /(\.\.\.)/y],
  ["address", /(\d+\.\d+\.\d+\.\d+)/y],
  ["number", /(-?\d*\.\d+)(?![\w])/y],
  ["number", /(-?0x[0-9A-Fa-f]+)(?!\w)/y],
  ["number", /(-?\d+)(?!\w)/y],
  ["word", /(\w+#?)/y],
  ["sign", /([^\s])/y],
];

/** The tokens of a script, and one that stands for its end. */
export function tokensOf(path: string, text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const count = (piece: string): void => {
    line += piece.split("\n").length - 1;
  };
  while (at < text.length) {
    SPACE.lastIndex = at;
    const space = SPACE.exec(text)?.[0];
    if (space !== undefined) {
      count(space);
      at += space.length;
      continue;
    }
    const { kind, whole, inner } = tokenAt(text, at);
    if (kind === "sign" && UNFINISHED[inner] !== undefined && isStartOf(text, at)) {
      throw new ScriptError(path, line, `expected the end of ${UNFINISHED[inner]}, got the end of the file`);
    }
    tokens.push({ kind, text: kind === "code" ? inner.trim() : inner, line });
    count(whole);
    at += whole.length;
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}

function tokenAt(text: string, at: number): { kind: Token["kind"]; whole: string; inner: string } {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, whole: found[0], inner: found[1]! };
  }
  throw new Error(`Cannot be: every letter is a token, "${text[at]}" too`);
}

/** What begins so, and was no token, has no end. */
const UNFINISHED: Record<string, string> = {
  '"': "a string",
  "`": "a command",
  "%": "a piece of code",
  "/": "a comment",
};

function isStartOf(text: string, at: number): boolean {
  if (text[at] === "%") return text[at + 1] === "{";
  return text[at] !== "/" || text[at + 1] === "*";
}
