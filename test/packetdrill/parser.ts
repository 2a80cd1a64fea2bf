/** Reads a script of the packetdrill language: options, then events, each with its time. */

import { Cursor } from "./cursor.ts";
import { expression, listUntil } from "./expressions.ts";
import { tokensOf } from "./lexer.ts";
import { packetAction } from "./packet-lines.ts";
import { ScriptError } from "./problems.ts";
import type { Action, CallAction, Script, ScriptEvent, ScriptTime, ShellAction } from "./script.ts";

/** Throws a `ScriptError` that names file and line, or `NotSupported` for what we have not. */
export function parseScript(path: string, text: string): Script {
  const cursor = new Cursor(path, tokensOf(path, text));
  const options: (readonly [string, string])[] = [];
  while (cursor.peek().kind === "option") options.push(scriptOption(cursor));
  const setUp = shell(cursor);
  const events: ScriptEvent[] = [];
  while (cursor.peek().kind !== "end" && cursor.peek().kind !== "shell") events.push(event(cursor));
  const cleanUp = shell(cursor);
  if (cursor.peek().kind !== "end") cursor.fail("nothing more behind the command that cleans up");
  if (events.length === 0) cursor.fail("an event");
  return { path, options, setUp, cleanUp, events };
}

/** `--local_ip=192.168.0.1` */
function scriptOption(cursor: Cursor): [string, string] {
  const name = cursor.next().text;
  if (name === "define") cursor.refuse("--define");
  if (!cursor.skip("=")) return [name, ""];
  const { kind } = cursor.peek();
  if (!["number", "word", "string", "address"].includes(kind)) cursor.fail(`a value for --${name}`);
  return [name, cursor.next().text];
}

function shell(cursor: Cursor): ShellAction | undefined {
  return cursor.peek().kind === "shell" ? { kind: "shell", command: cursor.next().text } : undefined;
}

function event(cursor: Cursor): ScriptEvent {
  const { line } = cursor.peek();
  const time = timeOf(cursor);
  const does = action(cursor, time);
  const isExpected = does.kind === "packet" && does.direction === ">";
  if (!isExpected && (time.kind === "any" || time.until !== undefined)) {
    throw new ScriptError(cursor.path, line, "expected one time; several are only for packets that come out");
  }
  return { line, time, action: does };
}

/** `0.1`, `+.1`, `0.1~0.2`, `+.1~+.2`, or `*` for whenever it comes. */
function timeOf(cursor: Cursor): ScriptTime {
  if (cursor.skip("*")) return { kind: "any", from: 0, until: undefined };
  const { line } = cursor.peek();
  const kind = cursor.skip("+") ? "relative" : "absolute";
  const from = moment(cursor);
  if (!cursor.skip("~")) return { kind, from, until: undefined };
  if (kind === "relative") cursor.expect("+");
  const until = moment(cursor);
  if (until < from) throw new ScriptError(cursor.path, line, "expected a range of times that goes forward");
  return { kind, from, until };
}

/** Seconds in the script, milliseconds everywhere else. */
function moment(cursor: Cursor): number {
  const { kind, text } = cursor.peek();
  if (kind !== "number" || Number(text) < 0) cursor.fail("a time in seconds");
  // In whole microseconds, as the language counts: 0.1 seconds are not quite 100.00000000000001 milliseconds.
  return Math.round(cursor.number("a time") * 1e6) / 1e3;
}

function action(cursor: Cursor, { from, kind }: ScriptTime): Action {
  const token = cursor.peek();
  if (cursor.is("<") || cursor.is(">")) return packetAction(cursor);
  if (token.kind === "shell") return { kind: "shell", command: cursor.next().text };
  if (token.kind === "code") return { kind: "code", text: cursor.next().text };
  const end = cursor.skip("...") ? moment(cursor) : undefined;
  if (end !== undefined && kind === "absolute" && end < from) cursor.fail("a call that ends after it began");
  return call(cursor, end);
}

/** `read(4, ..., 1000) = -1 EAGAIN (Resource temporarily unavailable)` */
function call(cursor: Cursor, end: number | undefined): CallAction {
  const name = cursor.word("a packet, a system call, a command or code");
  cursor.expect("(");
  const args = listUntil(cursor, ")");
  cursor.expect("=");
  const result = expression(cursor);
  const errno = cursor.peek().kind === "word" ? cursor.next().text : undefined;
  note(cursor);
  return { kind: "call", end, name, args, result, errno };
}

/** What strace says in brackets behind a result: for people. */
function note(cursor: Cursor): void {
  if (!cursor.skip("(")) return;
  while (!cursor.is(")") && cursor.peek().kind !== "end") cursor.next();
  cursor.expect(")");
}
