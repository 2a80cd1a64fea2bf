/** Starting another program: what that takes, and what one gets. The ways to do it have rooms of their own. */

import type { Socket } from "node:net";

/** What execve takes, and where it is done. Text is one byte a letter, but for the two paths. */
export interface Recipe {
  /** The file, with its whole path. */
  readonly path: string;
  /** The first is the program's name. */
  readonly argv: readonly string[];
  /** `NAME=value`: this and nothing else. */
  readonly env: readonly string[];
  /** The folder it starts in. */
  readonly cwd: string;
  /** Whether something can be written to it; else its standard input is at its end from the beginning. */
  readonly hasInput: boolean;
}

/** A process that leads a group of its own, so that its children can be told apart from others. */
export interface Process {
  readonly pid: number;
  readonly stdin: Socket | undefined;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /**
   * How it ended, once it has. To be asked when its output has ended: until somebody does, it may stay a zombie,
   * and its number is surely its own.
   */
  ended(): Promise<Ending>;
}

/** One of the two. */
export interface Ending {
  readonly code: number | undefined;
  /** By its name: "SIGSEGV". */
  readonly signal: string | undefined;
}

/** Starts a program, at once or later; fails with a StartError. */
export type Start = (recipe: Recipe) => Process | Promise<Process>;

/**
 * The program could not be started.
 *
 * @example
 * new StartError("ETXTBSY").message; // "somebody is writing it (ETXTBSY)"
 */
export class StartError extends Error {
  override readonly name = "StartError";
  /** As in POSIX: ENOENT, EACCES, ENOEXEC, E2BIG, EAGAIN, ENOMEM, EMFILE … */
  readonly code: string;

  constructor(code: string) {
    super(`${REASONS[code] ?? "the system refuses"} (${code})`);
    this.code = code;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "its arguments and environment are too long",
  EACCES: "it, its folder or its interpreter may not be entered or executed",
  EAGAIN: "there are too many processes",
  EMFILE: "there are too many open files",
  ENFILE: "there are too many open files",
  ENOENT: 'it or the interpreter that its "#!" line names is not there (does the line end with CR?)',
  ENOEXEC: 'it is neither a binary for this machine nor does it begin with "#!"',
  ENOMEM: "there is not enough memory",
  ETXTBSY: "somebody is writing it",
};
