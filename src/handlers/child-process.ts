/** Starts programs by Node's own child_process: everywhere, if not quickly. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import type { Socket } from "node:net";
import { fromLatin1 } from "../base/bytes.ts";
import { type Ending, type Process, type Recipe, StartError } from "./start.ts";

/**
 * Starts it; fails with a StartError. Node makes its pipes from Unix-domain sockets, so that `> /dev/stderr`
 * fails in a shell script, and takes text: bytes that are not UTF-8 reach neither arguments nor environment.
 *
 * @example
 * const recipe = { path: "/bin/echo", argv: ["echo", "hi"], env: [], cwd: "/", hasInput: false };
 * const { stdout, ended } = await spawnChild(recipe);
 * stdout.on("data", (bytes) => console.log(String(bytes)));
 * await ended(); // { code: 0, signal: undefined }
 */
export async function spawnChild({ path, argv, env, cwd, hasInput }: Recipe): Promise<Process> {
  if (!isForTheSystem(path)) throw new StartError("ENOEXEC");
  const child = attempt(() =>
    spawn(path, argv.slice(1).map(textOf), {
      argv0: textOf(argv[0]!),
      cwd,
      env: Object.fromEntries(env.map((line) => textOf(line).split(/=(.*)/s, 2))),
      // It leads a group of its own.
      detached: true,
      stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
    }),
  );
  const ending = new Promise<Ending>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  if (child.pid === undefined) {
    const [error] = await once(child, "error");
    throw new StartError(error.code);
  }
  return {
    pid: child.pid,
    stdin: (child.stdin as Socket | null) ?? undefined,
    stdout: child.stdout as Socket,
    stderr: child.stderr as Socket,
    ended: () => ending,
  };
}

/** Some errors are thrown at once, the others are told later. */
function attempt<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw new StartError((error as NodeJS.ErrnoException).code ?? "EINVAL");
  }
}

/**
 * Where execve says ENOEXEC, Node's spawn has the file read by a shell, whatever it is (execvp does). So we look
 * before: it is for the system if it begins with "#!" or, as binaries do, holds a NUL early on.
 */
function isForTheSystem(path: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const start = Buffer.alloc(128);
    const length = readSync(file, start, 0, start.length, 0);
    return start.toString("latin1", 0, 2) === "#!" || start.subarray(0, length).includes(0);
  } catch {
    // A file may be executed that may not be read, and why others cannot be, the system will say.
    return true;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Node encodes text as UTF-8; what came as such so goes on as it was. */
const textOf = (bytes: string): string => (/^[\0-\x7f]*$/.test(bytes) ? bytes : decoder.decode(fromLatin1(bytes)));

const decoder = new TextDecoder();
