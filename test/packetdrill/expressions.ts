/** Reads the arguments and results of system calls: numbers, names, lists, and structures by their C fields. */

import type { Cursor } from "./cursor.ts";
import type { Expression } from "./script.ts";

/** An expression, as far as it goes: `POLLIN|POLLOUT`, `[{fd=4, events=POLLIN}]`. */
export function expression(cursor: Cursor): Expression {
  let left = single(cursor);
  while (cursor.skip("|")) left = { kind: "or", left, right: single(cursor) };
  return left;
}

function single(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek();
  if (cursor.skip("...")) return { kind: "ellipsis" };
  if (cursor.skip("[")) return { kind: "list", items: listUntil(cursor, "]") };
  if (cursor.skip("{")) return structure(cursor);
  if (kind === "number") return { kind: "number", value: cursor.number("a number") };
  if (kind === "string") return strings(cursor);
  if (kind !== "word") cursor.fail("a value");
  cursor.next();
  if (cursor.skip("(")) return { kind: "function", name: text, args: listUntil(cursor, ")") };
  return { kind: "word", word: text };
}

/** Values with commas between them, and the sign that ends them. */
export function listUntil(cursor: Cursor, end: string): Expression[] {
  const items: Expression[] = [];
  if (cursor.skip(end)) return items;
  do items.push(expression(cursor));
  while (cursor.skip(","));
  cursor.expect(end);
  return items;
}

/** Strings beside each other are one, as in C; "abc"... has more behind it, whatever it is. */
function strings(cursor: Cursor): Expression {
  let text = "";
  while (cursor.peek().kind === "string") text += unescaped(cursor.next().text);
  cursor.skip("...");
  return { kind: "string", text };
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", "0": "\0" };

function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Behind the opening brace: fields by their names, or values without. */
function structure(cursor: Cursor): Expression {
  const isNamed = cursor.peek().kind === "word" && (cursor.is("=", 1) || cursor.is("(", 1));
  if (!isNamed) return { kind: "list", items: listUntil(cursor, "}") };
  const fields = new Map<string, Expression>();
  do {
    const name = cursor.word("the name of a field");
    // msg_iov(2)=[…]: how many there are can be counted.
    if (cursor.skip("(")) listUntil(cursor, ")");
    cursor.expect("=");
    fields.set(name, expression(cursor));
  } while (cursor.skip(","));
  cursor.expect("}");
  return { kind: "record", fields };
}
