/** Runs the command as people do: as a program of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is given to read; nothing where missing. */
  readonly stdin?: string;
}

/** One run. Disposing of it ends the program, however far it has come. */
export class Maitred implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(words: readonly string[], { cwd, env, stdin }: Circumstances = {}) {
    this.child = spawn(process.execPath, [MAIN, ...words], {
      stdio: "pipe",
      env: { ...process.env, NODE_TEST_CONTEXT: "", ...env },
      ...(cwd !== undefined && { cwd }),
    });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin!.on("error", () => {}).end(stdin);
    this.ended = once(this.child, "close").then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  /** The first so many lines it has printed; fails where it ends before. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.stdout.split("\n").slice(0, -1);
      if (lines.length >= count) return lines.slice(0, count);
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`It ended: ${this.stdout}${this.stderr}`);
      await Promise.race([once(this.child.stdout!, "data"), this.ended]);
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

export const maitred = (...words: string[]): Maitred => new Maitred(words);
