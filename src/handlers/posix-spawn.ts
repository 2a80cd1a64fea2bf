/**
 * Starts programs by the C library's posix_spawn, on Linux with glibc. Node's own way forks, which copies the page
 * tables of the whole process; this one borrows its memory until execve (docs/decisions/002-starting-programs.md).
 */

import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { type Ending, type Process, type Recipe, type Start, StartError } from "./start.ts";

/** From <fcntl.h>, <spawn.h> and <sys/wait.h>. */
const O_CLOEXEC = 0o2000000;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const WNOHANG = 1;

/** More than the sizes of posix_spawnattr_t (336), posix_spawn_file_actions_t (80) and sigset_t (128). */
const ATTRIBUTES = 512;
const ACTIONS = 256;
const SIGNALS = 128;

/**
 * A way to start programs; undefined where it cannot be had: another system or C library, no `koffi` (it is an
 * optional dependency), a glibc before 2.34.
 *
 * @example
 * const start = await posixSpawn();
 * const recipe = { path: "/bin/echo", argv: ["echo", "hi"], env: [], cwd: "/", hasInput: false };
 * const process = await start?.(recipe);
 * process?.stdout.on("data", (bytes) => console.log(String(bytes))).on("end", () => process.ended());
 */
export async function posixSpawn(): Promise<Start | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const { default: koffi } = await import("koffi");
    // The tables of pointers below are written for 64 bits, the low ones first.
    if (koffi.sizeof("void *") !== 8 || new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined;
    return starter(koffi);
  } catch {
    return undefined;
  }
}

type Koffi = typeof import("koffi").default;

function starter(koffi: Koffi): Start {
  const libc = koffi.load("libc.so.6");
  const pipe2 = libc.func("int pipe2(_Out_ int *fds, int flags)");
  const initActions = libc.func("int posix_spawn_file_actions_init(void *actions)");
  const addDup2 = libc.func("int posix_spawn_file_actions_adddup2(void *actions, int from, int to)");
  const addCloseFrom = libc.func("int posix_spawn_file_actions_addclosefrom_np(void *actions, int from)");
  const addChdir = libc.func("int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)");
  const destroyActions = libc.func("int posix_spawn_file_actions_destroy(void *actions)");
  const spawn = libc.func(
    "int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, void *argv, void *env)",
  );
  const waitpid = libc.func("int waitpid(int pid, _Out_ int *status, int options)");

  const attributes = Buffer.alloc(ATTRIBUTES);
  const check = (error: number): void => {
    if (error !== 0) throw new StartError(getSystemErrorName(-error));
  };
  check(libc.func("int posix_spawnattr_init(void *attributes)")(attributes));
  const flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  check(libc.func("int posix_spawnattr_setflags(void *attributes, short flags)")(attributes, flags));
  // Node ignores SIGPIPE; a program shall not, nor find any signal blocked.
  const setDefault = libc.func("int posix_spawnattr_setsigdefault(void *attributes, void *signals)");
  check(setDefault(attributes, Buffer.alloc(SIGNALS, 0xff)));
  const setMask = libc.func("int posix_spawnattr_setsigmask(void *attributes, void *signals)");
  check(setMask(attributes, Buffer.alloc(SIGNALS)));

  const actions = Buffer.alloc(ACTIONS);
  const vectors = new Vectors((bytes) => koffi.address(bytes));
  const nothing = openSync("/dev/null", "r");
  const two = [0, 0];
  const one = [0];

  /** The end to read from and the end to write to. Neither outlives an execve. */
  const pipe = (opened: number[]): [number, number] => {
    if (pipe2(two, O_CLOEXEC) !== 0) throw new StartError(getSystemErrorName(-koffi.errno()));
    const [from, to] = two as [number, number];
    opened.push(from, to);
    return [from, to];
  };

  const ending = (pid: number): Ending | undefined => {
    const found = waitpid(pid, one, WNOHANG);
    if (found === 0) return undefined;
    // Where SIGCHLD is ignored, the system asks for no one to wait, and tells nobody how it ended.
    if (found < 0) return { code: undefined, signal: undefined };
    const status = one[0]!;
    const signal = status & 0x7f;
    return signal === 0 ? { code: status >> 8, signal: undefined } : { code: undefined, signal: NAMES.get(signal) };
  };

  return ({ path, argv, env, cwd, hasInput }: Recipe): Process => {
    const opened: number[] = [];
    initActions(actions);
    try {
      const [stdin, toStdin] = hasInput ? pipe(opened) : [nothing, undefined];
      const [fromStdout, stdout] = pipe(opened);
      const [fromStderr, stderr] = pipe(opened);
      check(addDup2(actions, stdin, 0) || addDup2(actions, stdout, 1) || addDup2(actions, stderr, 2));
      // Ours are closed by execve, but not those that we were started with.
      check(addCloseFrom(actions, 3) || addChdir(actions, cwd));
      const lists = vectors.write(argv, env);
      check(spawn(one, path, actions, attributes, lists.argv, lists.env));
      const pid = one[0]!;
      const ours = [toStdin, fromStdout, fromStderr];
      for (const fd of opened) if (!ours.includes(fd)) closeSync(fd);
      return {
        pid,
        stdin: toStdin === undefined ? undefined : new Socket({ fd: toStdin, readable: false, writable: true }),
        stdout: new Socket({ fd: fromStdout, readable: true, writable: false }),
        stderr: new Socket({ fd: fromStderr, readable: true, writable: false }),
        ended: () => poll(() => ending(pid)),
      };
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    } finally {
      destroyActions(actions);
    }
  };
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** Milliseconds between two looks, at most: no hurry where somebody takes so long to end. */
const LONGEST = 256;

/** A program that has closed its output has nearly always ended with it, so the first look mostly finds it so. */
function poll<T>(look: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const tryAgain = (wait: number): void => {
      const found = look();
      if (found !== undefined) resolve(found);
      else setTimeout(tryAgain, wait, Math.min(wait * 2, LONGEST));
    };
    tryAgain(1);
  });
}

/** argv and envp as C wants them: tables of pointers to strings that end with NUL. One buffer, used anew each time. */
class Vectors {
  readonly #addressOf: (bytes: Uint8Array) => bigint;
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #address: bigint;

  constructor(addressOf: (bytes: Uint8Array) => bigint) {
    this.#addressOf = addressOf;
    this.#address = addressOf(this.#buffer);
  }

  /** Where the two tables are, until the next call. */
  write(argv: readonly string[], env: readonly string[]): { argv: bigint; env: bigint } {
    const strings = `${[...argv, ...env].join("\0")}\0`;
    const tables = 8 * (argv.length + 1 + env.length + 1);
    if (tables + strings.length > this.#buffer.length) {
      this.#buffer = Buffer.allocUnsafeSlow(2 * (tables + strings.length));
      this.#address = this.#addressOf(this.#buffer);
    }
    this.#buffer.write(strings, tables, "latin1");
    const next = this.#writeTable(argv, 0, tables);
    this.#writeTable(env, 8 * (argv.length + 1), next);
    return { argv: this.#address, env: this.#address + BigInt(8 * (argv.length + 1)) };
  }

  /** Says where the strings of the next table begin. */
  #writeTable(list: readonly string[], at: number, strings: number): number {
    let string = strings;
    for (const [i, text] of list.entries()) {
      this.#buffer.writeBigUInt64LE(this.#address + BigInt(string), at + 8 * i);
      string += text.length + 1;
    }
    this.#buffer.writeBigUInt64LE(0n, at + 8 * list.length);
    return string;
  }
}
