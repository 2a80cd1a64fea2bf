/** Steps that must go well, one after the other; each ends everything with its exit code if it fails. */

import { spawn, spawnSync } from "node:child_process";

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

/**
 * The last ones, if they are runs of Node's test runner: at the same time, each with as much time as the last step. The
 * first says all it has to say as it goes, the others when they are done, and only what went wrong; then the sum of all.
 */
export async function lastSteps(steps: readonly { name: string; command: Command }[]): Promise<never> {
  const runs = await Promise.all(steps.map(({ name, command }, i) => testRun(name, command, i === 0)));
  for (const { name, said, status } of runs.slice(1)) {
    console.log(status === 0 ? `${name}: good` : `${name}: failed\n${said.slice(said.indexOf("failing tests:"))}`);
  }
  const sum = (word: string): number =>
    runs.reduce((total, { said }) => total + Number(new RegExp(`^. ${word} (\\d+)$`, "m").exec(said)?.[1] ?? 0), 0);
  console.log(`${sum("pass")} passed, ${sum("fail") + sum("cancelled")} failed, ${sum("skipped")} skipped`);
  process.exit(runs.find(({ status }) => status !== 0)?.status ?? 0);
}

async function testRun(name: string, [program, ...words]: Command, isHeard: boolean) {
  const child = spawn(program, words, { stdio: ["inherit", "pipe", "inherit"], timeout: 600_000 });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (isHeard) process.stdout.write(text);
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve(code ?? 1));
  });
  return { name, said, status };
}
