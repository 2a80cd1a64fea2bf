/** A program that runs: bytes to it and from it, how it ends, and how it is made to. */

import type { Alarm, Clock } from "../base/clock.ts";
import { spawnChild } from "./child-process.ts";
import { PipeReader, PipeWriter } from "./pipe.ts";
import { posixSpawn } from "./posix-spawn.ts";
import type { Ending, Process, Recipe, Start } from "./start.ts";

/** Milliseconds that a program has to end by itself when it is told to (SIGTERM), before it is ended (SIGKILL). */
const MOMENT = 1000;

/**
 * Starts a program, by the quickest way there is; fails with a StartError. Text in the recipe is one byte a letter.
 *
 * @example
 * const recipe = { path: "/bin/cat", argv: ["cat"], env: [], cwd: "/", hasInput: true };
 * const program = await startProgram(recipe, realClock);
 * program.input?.write(utf8("hello"));
 * program.input?.end();
 * latin1((await program.output.read())!); // "hello"
 * await program.over; // { code: 0, signal: undefined }
 */
export async function startProgram(recipe: Recipe, clock: Clock): Promise<Program> {
  way ??= posixSpawn().then((start) => start ?? spawnChild);
  const start = await way;
  return new Program(await start(recipe), clock);
}

/** Found out when the first program is started. */
let way: Promise<Start> | undefined;

/**
 * A process that was started, in terms of what one does with it.
 *
 * @example
 * const recipe = { path: "/bin/sleep", argv: ["sleep", "60"], env: [], cwd: "/", hasInput: false };
 * const program = new Program(await spawnChild(recipe), realClock);
 * program.stop();
 * await program.over; // { code: undefined, signal: "SIGTERM" }
 */
export class Program {
  readonly pid: number;
  /** Undefined where it was started without. */
  readonly input: PipeWriter | undefined;
  readonly output: PipeReader;
  readonly errors: PipeReader;
  /** Resolves when its output has ended and it, too; then it has left the table of processes. Never fails. */
  readonly over: Promise<Ending>;
  readonly #clock: Clock;
  #isOver = false;
  /** For the end of the moment, once it has been told to end. */
  #alarm: Alarm | undefined;

  constructor({ pid, stdin, stdout, stderr, ended }: Process, clock: Clock) {
    this.#clock = clock;
    this.pid = pid;
    this.input = stdin && new PipeWriter(stdin);
    this.errors = new PipeReader(stderr);
    const silence = Promise.withResolvers<void>();
    this.output = new PipeReader(stdout, silence.resolve);
    this.over = silence.promise.then(ended).then((ending) => this.#end(ending));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends it and its children: they are told, and after a moment made to. Calling it again does nothing. */
  stop(): void {
    if (this.#isOver || this.#alarm !== undefined) return;
    this.#signal("SIGTERM");
    this.#alarm = this.#clock.after(MOMENT, () => {
      this.#signal("SIGKILL");
      // Who has slipped out of the group may still hold the pipe: we do not wait for it.
      this.output.close();
    });
  }

  #end(ending: Ending): Ending {
    this.#isOver = true;
    this.input?.close();
    // As long as one of the group is there, its number cannot be another's; of an empty one it soon may.
    if (this.#alarm !== undefined && !this.#signal(0)) this.#alarm.cancel();
    // A child that goes on in the background may hold this one for ever.
    if (!this.errors.hasEnded) this.#clock.after(MOMENT, () => this.errors.close());
    return ending;
  }

  /** To all of its group; says whether there is anybody. */
  #signal(signal: "SIGTERM" | "SIGKILL" | 0): boolean {
    try {
      return process.kill(-this.pid, signal);
    } catch {
      return false;
    }
  }
}
