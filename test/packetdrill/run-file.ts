/** Runs a script from a file, and says in a line or two how it went. */

import { readFileSync } from "node:fs";
import type { Machine, Wishes } from "./machine.ts";
import { parseScript } from "./parser.ts";
import { type Played, type PlayOptions, play } from "./play.ts";
import { NotSupported, ScriptError } from "./problems.ts";

export interface RunOptions extends PlayOptions {
  /** Instead of what the script says: `tolerance_usecs` and others. */
  readonly defaults?: readonly (readonly [name: string, value: string])[];
}

export interface Ran {
  /** "no script": it is not of the language. */
  readonly outcome: Played["outcome"] | "no script";
  readonly lines: readonly string[];
  /** Packets that no line of the script speaks of, at its end. */
  readonly unread: readonly string[];
}

export function runFile(path: string, machineFor: (wishes: Wishes) => Machine, options: RunOptions = {}): Ran {
  const { defaults = [] } = options;
  try {
    const script = parseScript(path, readFileSync(path, "utf8"));
    return told(path, play({ ...script, options: [...defaults, ...script.options] }, machineFor, options));
  } catch (error) {
    if (error instanceof NotSupported) return { outcome: "not supported", lines: [error.message], unread: [] };
    if (!(error instanceof ScriptError || isNoFile(error))) throw error;
    return { outcome: "no script", lines: [(error as Error).message], unread: [] };
  }
}

function told(path: string, { outcome, line, why, leftOut, unread }: Played): Ran {
  const place = line === undefined ? path : `${path}:${line}`;
  const lines = outcome === "failed" ? [`${place}: failed: ${why}`] : [`${place}: ${why ?? outcome}`];
  if (leftOut.length > 0) lines.push(`  left out: ${leftOut.length} (${summary(leftOut)})`);
  if (unread.length > 0) lines.push(`  came, and no line speaks of it: ${unread.join("; ")}`);
  return { outcome, lines, unread };
}

/** The first few, on one line. */
function summary(leftOut: readonly string[]): string {
  const some = leftOut.slice(0, 3).map((text) => text.replace(/\s+/g, " ").slice(0, 60));
  return some.join(", ") + (leftOut.length > some.length ? ", …" : "");
}

function isNoFile(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOENT", "EISDIR", "EACCES"].includes(String(error.code));
}
