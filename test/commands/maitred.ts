/** Runs the command as people do: as a program of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Once the first run has ended, the others need not read TypeScript any more: that is two thirds of their time. */
const COMPILED = mkdtempSync(join(tmpdir(), "maitred-compiled-"));
after(() => rmSync(COMPILED, { recursive: true }));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is given to read; nothing where missing. */
  readonly stdin?: string | Uint8Array;
  /** The descriptor of a listening socket, to be handed over as systemd does. */
  readonly socket?: number;
  /** Whether it is a terminal it writes to. */
  readonly terminal?: boolean;
}

/** One run. Disposing of it ends the program, however far it has come. */
export class Maitred implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(words: readonly string[], { cwd, env, stdin, socket, terminal }: Circumstances = {}) {
    const command = [process.execPath, MAIN, ...words];
    // The variables name the process that they are meant for, which only that process knows.
    if (socket !== undefined) command.unshift("sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"');
    // script(1) has a terminal for whom it runs, and writes down what it shows.
    if (terminal) command.splice(0, Infinity, "script", "-qec", command.map(quoted).join(" "), "/dev/null");
    const [program, ...rest] = command;
    this.child = spawn(program!, rest, {
      stdio: ["pipe", "pipe", "pipe", ...(socket === undefined ? [] : [socket])],
      // Whether there are colours is for each test to say, and not for the machine that runs it.
      env: {
        ...process.env,
        CI: undefined,
        FORCE_COLOR: undefined,
        NO_COLOR: undefined,
        NODE_COMPILE_CACHE: COMPILED,
        ...env,
      },
      ...(cwd !== undefined && { cwd }),
    });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin!.on("error", () => {}).end(stdin);
    this.ended = once(this.child, "close").then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  /** The first so many lines it has printed, or complained; fails where it ends before. */
  async lines(count: number, where: "stdout" | "stderr" = "stdout"): Promise<string[]> {
    for (;;) {
      const lines = this[where].split("\n").slice(0, -1);
      if (lines.length >= count) return lines.slice(0, count);
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`It ended: ${this.stdout}${this.stderr}`);
      }
      await Promise.race([once(this.child[where]!, "data"), this.ended]);
    }
  }

  /** The first address it serves, without the slash at the end. */
  async origin(): Promise<string> {
    const [url] = await this.lines(1);
    return url!.replace(/\/$/, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** As one word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

export const maitred = (...words: string[]): Maitred => new Maitred(words);
