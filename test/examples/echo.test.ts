import { equal, match } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const run = (...words: string[]): ChildProcess => spawn(process.execPath, words, { stdio: ["pipe", "pipe", "pipe"] });

async function output(child: ChildProcess): Promise<string> {
  let all = "";
  for await (const words of child.stdout!.setEncoding("utf8")) all += words;
  return all;
}

test("two clients talk to the server at once, and each hears itself", async () => {
  const server = run("examples/echo-server.ts", "0");
  try {
    const [words] = await once(server.stdout!.setEncoding("utf8"), "data");
    const port = /port: (\d+)/.exec(words)![1]!;
    const clients = ["one", "two"].map((name) => ({ name, child: run("examples/echo-client.ts", "127.0.0.1", port) }));
    // Both are connected before either has said everything.
    const heard = clients.map(({ child }) => output(child));
    for (const { name, child } of clients) child.stdin!.write(`hello\nI am ${name}\n`);
    for (const { child } of clients.toReversed()) child.stdin!.end("bye");
    equal(await heard[0], "hello\nI am one\nbye\n");
    equal(await heard[1], "hello\nI am two\nbye\n");
  } finally {
    server.kill();
    await once(server, "exit");
  }
});

for (const example of ["examples/echo-server.ts", "examples/echo-client.ts"]) {
  test(`${example} says how it is used`, async () => {
    const child = run(example);
    const exited = once(child, "exit");
    const [words] = await once(child.stderr!.setEncoding("utf8"), "data");
    match(words, /^usage: /);
    equal((await exited)[0], 2);
  });
}
