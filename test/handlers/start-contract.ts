/** What every way to start programs must do: one suite, run for each. */

import { deepEqual, doesNotMatch, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Recipe, type Start, StartError } from "../../src/handlers/start.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { folder } from "./folder.ts";
import { isGone, stateOf } from "./processes.ts";

const shell = (script: string, more: Partial<Recipe> = {}): Recipe => ({
  path: "/bin/sh",
  argv: ["sh", "-c", script],
  env: ["PATH=/usr/bin:/bin"],
  cwd: "/",
  hasInput: false,
  ...more,
});

/** All that comes, one letter a byte. */
async function textOf(stream: Socket): Promise<string> {
  let text = "";
  for await (const bytes of stream) text += bytes.toString("latin1");
  return text;
}

/** Its output, its errors, and how it ended. */
async function run(start: Start, recipe: Recipe, input?: string) {
  const process = await start(recipe);
  if (input !== undefined) process.stdin?.end(input);
  const [output, errors] = await Promise.all([textOf(process.stdout), textOf(process.stderr)]);
  return { pid: process.pid, output, errors, ...(await process.ended()) };
}

export function startContract(name: string, start: Start): void {
  const it = (what: string, body: (t: TestContext) => Promise<void>): void => void test(`${name}: ${what}`, body);

  it("what it writes comes in two streams, and then how it ended", async () => {
    const { output, errors, code, signal } = await run(start, shell("echo out; echo err >&2; exit 3"));
    deepEqual({ output, errors, code, signal }, { output: "out\n", errors: "err\n", code: 3, signal: undefined });
  });

  it("who was ended by a signal is told by its name", async () => {
    const { code, signal } = await run(start, shell("kill -SEGV $$"));
    deepEqual({ code, signal }, { code: undefined, signal: "SIGSEGV" });
  });

  it("afterwards nothing is left of it, not even a zombie", async () => {
    const { pid } = await run(start, shell("true"));
    equal(stateOf(pid), undefined);
  });

  it("the environment is exactly what the recipe says", async () => {
    const recipe = { ...shell(""), path: "/usr/bin/env", argv: ["env"], env: ["A=b=c", "EMPTY=", "UTF=\xc3\xa9 \n"] };
    equal((await run(start, recipe)).output, "A=b=c\nEMPTY=\nUTF=\xc3\xa9 \n\n");
  });

  it("arguments come as they are", async () => {
    const argv = ["sh", "-c", 'printf "%s|" "$0" "$@"', "zero", "a b", "", "$x", "\xc3\xa9"];
    equal((await run(start, { ...shell(""), argv })).output, "zero|a b||$x|\xc3\xa9|");
  });

  it("an environment longer than any buffer comes whole", async () => {
    const env = Array.from({ length: 8 }, (_, i) => `LONG_${i}=${"x".repeat(100_000)}`);
    const { output } = await run(start, { ...shell(""), path: "/usr/bin/env", argv: ["env"], env });
    equal(output, `${env.join("\n")}\n`);
  });

  it("it starts in the folder it is told to", async () => {
    equal((await run(start, shell("pwd", { cwd: "/usr/bin" }))).output, "/usr/bin\n");
  });

  it("without input, it reads the end at once", async () => {
    equal((await run(start, shell("cat; echo end"))).output, "end\n");
  });

  it("with input, it reads that", async () => {
    equal((await run(start, shell("cat; echo end", { hasInput: true }), "hello\n")).output, "hello\nend\n");
  });

  it("input that nobody reads harms nobody", async () => {
    const process = await start(shell("exec <&-; echo done", { hasInput: true }));
    const broken = once(process.stdin!, "error");
    process.stdin!.write("x".repeat(1_000_000));
    equal(await textOf(process.stdout), "done\n");
    const [error] = await broken;
    equal(error.code === "EPIPE" || error.code === "ECONNRESET", true);
    process.stderr.resume();
    await process.ended();
  });

  it("signals are as for any program: SIGPIPE ends, none is blocked", async () => {
    // A shell cannot catch again what was ignored when it started.
    const { output } = await run(start, shell("trap 'echo caught' PIPE; kill -PIPE $$; trap 'echo too' TERM; kill $$"));
    equal(output, "caught\ntoo\n");
    if (process.platform !== "linux") return;
    const { output: status } = await run(start, shell("cat /proc/self/status"));
    deepEqual(
      ["SigBlk", "SigIgn"].map((field) => Number.parseInt(new RegExp(`${field}:\\s*(\\w+)`).exec(status)![1]!, 16)),
      [0, 0],
    );
  });

  it("it leads a group of its own, which ends with its children", async () => {
    const process = await start(shell("sleep 60 & echo $!; wait"));
    const [bytes] = await once(process.stdout, "data");
    const child = Number(bytes);
    notEqual(stateOf(child), undefined);
    globalThis.process.kill(-process.pid, "SIGTERM");
    process.stdout.resume();
    process.stderr.resume();
    await once(process.stdout, "end");
    equal((await process.ended()).signal, "SIGTERM");
    equal(await isGone(child), true);
  });

  it("no file of ours is open in it", async (t) => {
    if (process.platform !== "linux") return;
    const root = await folder(t, { "secret.txt": "" });
    const file = openSync(join(root, "secret.txt"), "r");
    t.after(() => closeSync(file));
    const { output } = await run(start, shell("ls -l /proc/self/fd"));
    doesNotMatch(output, /secret\.txt/);
    match(output, / 0 -> \/dev\/null\n/);
  });

  it("many at once do not get in each other's way", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => run(start, shell(`cat; echo ${i}`, { hasInput: true }), `${i} `)),
    );
    deepEqual(
      outputs.map(({ output }) => output),
      Array.from({ length: 20 }, (_, i) => `${i} ${i}\n`),
    );
  });

  const FAILURES: [what: string, path: string, code: string, more?: Partial<Recipe>][] = [
    ["what is not there", "nowhere", "ENOENT"],
    ["what is not executable", "plain", "EACCES"],
    ["a folder", "sub", "EACCES"],
    ["text without an interpreter", "text", "ENOEXEC"],
    ["a script whose interpreter is not there", "lost", "ENOENT"],
    ["a script with DOS's line ends", "dos", "ENOENT"],
    ["a program in a folder that is not there", "good", "ENOENT", { cwd: "/nowhere" }],
    ["a program with an argument that is too long", "good", "E2BIG", { argv: ["good", "x".repeat(3_000_000)] }],
  ];

  for (const [what, file, code, more] of FAILURES) {
    it(`${what} cannot be started: ${code}`, async (t) => {
      const root = await folder(t, {
        "plain": "#!/bin/sh\n",
        "text": "echo hello\n",
        "lost": "#!/nowhere/sh\n",
        "dos": "#!/bin/sh\r\n",
        "good": "#!/bin/sh\n",
        "sub/": "",
      });
      for (const name of ["text", "lost", "dos", "good"]) chmodSync(join(root, name), 0o755);
      const before = openDescriptors();
      const recipe = { ...shell(""), path: join(root, file), ...more };
      await rejects(
        async () => start(recipe),
        (error) => error instanceof StartError && error.code === code,
      );
      ok(await descriptorsAtMost(before), "a descriptor is left open");
    });
  }

  it("no descriptor is left afterwards", async () => {
    await run(start, shell("true"));
    const before = openDescriptors();
    for (let i = 0; i < 5; i++) await run(start, shell("cat", { hasInput: true }), "hello");
    ok(await descriptorsAtMost(before), "a descriptor is left open");
  });
}
