import { deepEqual, equal, ok } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { realClock, VirtualClock } from "../../src/base/clock.ts";
import { spawnChild } from "../../src/handlers/child-process.ts";
import { Program, startProgram } from "../../src/handlers/program.ts";
import type { Recipe } from "../../src/handlers/start.ts";
import { descriptorsAtMost, openDescriptors } from "./descriptors.ts";
import { isGone, stateOf } from "./processes.ts";

const recipe = (script: string, hasInput = false): Recipe => ({
  path: "/bin/sh",
  argv: ["sh", "-c", script],
  env: ["PATH=/usr/bin:/bin"],
  cwd: "/",
  hasInput,
});

/** By the quickest way there is, and by the one there always is. */
const WAYS: [name: string, (recipe: Recipe, clock: VirtualClock) => Promise<Program>][] = [
  ["quickly", startProgram],
  ["by child_process", async (recipe, clock) => new Program(await spawnChild(recipe), clock)],
];

const line = async (program: Program): Promise<string> => latin1((await program.output.read())!).trim();

for (const [name, start] of WAYS) {
  const it = (what: string, body: (t: TestContext, clock: VirtualClock) => Promise<void>): void =>
    void test(`started ${name}, ${what}`, (t) => body(t, new VirtualClock()));

  it("a program gets its input, and its output and errors come apart", async (_, clock) => {
    const program = await start(recipe("read line; echo got $line; echo oops >&2", true), clock);
    program.input!.write(utf8("soup\n"));
    equal(await line(program), "got soup");
    equal(latin1((await program.errors.read())!), "oops\n");
    deepEqual(await program.over, { code: 0, signal: undefined });
    equal(program.isOver, true);
    equal(stateOf(program.pid), undefined);
  });

  it("a program without input has none", async (_, clock) => {
    const program = await start(recipe("cat"), clock);
    equal(program.input, undefined);
    await program.over;
  });

  it("a program is over when its output has ended, and not before", async (_, clock) => {
    const program = await start(recipe("sleep 0.1; echo late; exit 4"), clock);
    equal(program.isOver, false);
    equal(await line(program), "late");
    deepEqual(await program.over, { code: 4, signal: undefined });
  });

  it("a program that closes its output and goes on is over when it has ended", async (_, clock) => {
    const program = await start(recipe("exec >&-; sleep 0.1; exit 5"), clock);
    equal(await program.output.read(), undefined);
    equal(program.isOver, false);
    deepEqual(await program.over, { code: 5, signal: undefined });
  });

  it("a program and its children end when it is stopped", async (_, clock) => {
    const program = await start(recipe("sleep 60 & echo $!; wait"), clock);
    const child = Number(await line(program));
    program.stop();
    program.stop();
    deepEqual(await program.over, { code: undefined, signal: "SIGTERM" });
    ok(await isGone(child));
    program.stop();
  });

  it("a program that ends in its own way when it is stopped may do so", async (_, clock) => {
    const program = await start(
      recipe("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"),
      clock,
    );
    await line(program);
    program.stop();
    equal(await line(program), "bye");
    deepEqual(await program.over, { code: 7, signal: undefined });
  });

  it("a program that will not end is made to, after a second", async (_, clock) => {
    const program = await start(recipe("trap '' TERM; echo ready; while :; do sleep 0.01; done"), clock);
    await line(program);
    program.stop();
    await clock.advance(999);
    equal(program.isOver, false);
    await clock.advance(1);
    deepEqual(await program.over, { code: undefined, signal: "SIGKILL" });
  });

  it("children that outlive their program when it is stopped are made to end, too", async (_, clock) => {
    const deaf = "trap '' TERM; echo $$; exec >&- 2>&-; while :; do sleep 0.01; done";
    const program = await start(recipe(`sh -c "${deaf.replaceAll("$", "\\$")}" & wait`), clock);
    const child = Number(await line(program));
    program.stop();
    await program.over;
    equal(await Promise.race([isGone(child), new Promise((resolve) => setTimeout(resolve, 50, false))]), false);
    await clock.advance(1000);
    ok(await isGone(child));
  });

  it("a child that slips away with the output does not hold us up when the program is stopped", async (t, clock) => {
    const program = await start(recipe("setsid sleep 60 & echo $!; wait"), clock);
    const child = Number(await line(program));
    t.after(() => process.kill(child, "SIGKILL"));
    while (stateOf(child)?.includes("s") !== true);
    program.stop();
    await clock.advance(1000);
    await program.over;
  });

  it("a child left in the background lives on, and holds nothing of ours for long", async (t, clock) => {
    const before = openDescriptors();
    const program = await start(recipe("sleep 60 > /dev/null & echo $!"), clock);
    const child = Number(await line(program));
    t.after(() => process.kill(child, "SIGKILL"));
    deepEqual(await program.over, { code: 0, signal: undefined });
    equal(program.errors.hasEnded, false);
    await clock.advance(1000);
    ok(await descriptorsAtMost(before), "a descriptor is left open");
    ok(stateOf(child) !== undefined);
  });
}

test("after many programs no descriptor and no child is left", async () => {
  await (await startProgram(recipe("true"), realClock)).over;
  const before = openDescriptors();
  const programs = await Promise.all(
    Array.from({ length: 10 }, (_, i) => startProgram(recipe("cat; echo >&2", i % 2 === 0), realClock)),
  );
  for (const program of programs) {
    program.input?.end();
    program.errors.cancel();
  }
  await Promise.all(programs.map((program) => program.over));
  ok(await descriptorsAtMost(before), "a descriptor is left open");
  deepEqual(
    programs.map(({ pid }) => stateOf(pid)).filter((state) => state !== undefined),
    [],
  );
});
