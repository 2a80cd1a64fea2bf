/** Steps that must go well, one after the other; each ends everything with its exit code if it fails. */

import { spawnSync } from "node:child_process";

type Command = readonly [program: string, ...words: string[]];

/** Says one line if it goes well, and all the program had to say if not. */
export function step(name: string, [program, ...words]: Command): void {
  const started = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, words, {
    encoding: "utf8",
    // A program that writes to us cannot see the terminal behind us.
    env: process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    console.error(`${stdout ?? ""}${stderr ?? ""}${name}: failed${error === undefined ? "" : ` (${error.message})`}`);
    process.exit(status ?? 1);
  }
  console.log(`${name}: good (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** The last one: it speaks for itself, and is given ten minutes, so that what never ends is a failure, too. */
export function lastStep([program, ...words]: Command): never {
  const { status, error } = spawnSync(program, words, { stdio: "inherit", timeout: 600_000 });
  if (error !== undefined) console.error(`Cannot finish: ${error.message}`);
  process.exit(status ?? 1);
}
