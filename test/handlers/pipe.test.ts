import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import { PipeReader, PipeWriter } from "../../src/handlers/pipe.ts";
import { stateOf } from "./processes.ts";

interface Shell {
  readonly pid: number;
  readonly reader: PipeReader;
  readonly writer: PipeWriter;
  readonly ended: Promise<void>;
}

/** A shell at the other end. */
function shell(t: TestContext, script: string): Shell {
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = new PipeReader(child.stdout as Socket, resolve);
  return { pid: child.pid!, reader, writer: new PipeWriter(child.stdin as Socket), ended: promise };
}

async function lengthOf(reader: PipeReader): Promise<number> {
  let length = 0;
  for (let bytes = await reader.read(); bytes !== undefined; bytes = await reader.read()) length += bytes.length;
  return length;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

test("what is written at one end is read at the other, to its end and ever after", async (t) => {
  const { reader, writer, ended } = shell(t, "cat");
  equal(await writer.write(utf8("hello")), true);
  equal(latin1((await reader.read())!), "hello");
  equal(reader.hasEnded, false);
  writer.end();
  equal(await reader.read(), undefined);
  equal(await reader.read(), undefined);
  equal(reader.hasEnded, true);
  await ended;
});

test("more than anybody wants to hold waits in the other process", async (t) => {
  const { reader } = shell(t, "head -c 3000000 /dev/zero");
  await until(() => reader.held >= 64 * 1024);
  for (let turns = 0; turns < 200; turns++) await turn();
  ok(reader.held <= 2 * 64 * 1024, `${reader.held} bytes are held`);
  equal(await lengthOf(reader), 3_000_000);
  equal(reader.held, 0);
});

test("a writer that is ahead is told to wait", async (t) => {
  const { pid, reader, writer } = shell(t, "kill -STOP $$; wc -c");
  const room = writer.write(new Uint8Array(3_000_000));
  ok(room instanceof Promise);
  ok(await Promise.race([room.then(() => false), turn(true)]), "there was room at once");
  while (!stateOf(pid)?.startsWith("T"));
  process.kill(pid, "SIGCONT");
  equal(await room, true);
  writer.end();
  equal(latin1((await reader.read())!).trim(), "3000000");
});

test("a writer is told when nobody reads any more", async (t) => {
  const { reader, writer } = shell(t, "exec <&-; echo closed; exec sleep 60");
  await reader.read();
  while (await writer.write(new Uint8Array(1000)));
  equal(writer.write(utf8("hello")), false);
});

test("a writer that waits is told so, too", async (t) => {
  const { writer } = shell(t, "head -c 100000 > /dev/null");
  equal(await writer.write(new Uint8Array(3_000_000)), false);
});

test("what nobody wants is read and forgotten, so that the other can finish", async (t) => {
  const { reader, ended } = shell(t, "head -c 3000000 /dev/zero");
  await until(() => reader.held > 0);
  reader.cancel();
  equal(reader.held, 0);
  equal(await reader.read(), undefined);
  await ended;
});

test("a reader who waits when nobody wants the rest has come to the end", async (t) => {
  const { reader } = shell(t, "exec sleep 60");
  const reading = reader.read();
  reader.cancel();
  equal(await reading, undefined);
});

test("what fails, fails for who waits and for who comes later, with the first reason", async (t) => {
  const { reader, ended } = shell(t, "head -c 3000000 /dev/zero; read line");
  const none = shell(t, "exec sleep 60").reader;
  const reading = none.read();
  none.fail(new Error("first"));
  none.fail(new Error("second"));
  await rejects(async () => reading, { message: "first" });
  await rejects(async () => none.read(), { message: "first" });
  reader.fail(new Error("why not"));
  await rejects(async () => reader.read(), { message: "why not" });
  equal(reader.held, 0);
  reader.close();
  await ended;
});

test("closing is an end", async (t) => {
  const { reader, writer, ended } = shell(t, "exec sleep 60");
  const reading = reader.read();
  reader.close();
  equal(await reading, undefined);
  await ended;
  writer.close();
  await until(() => writer.write(utf8("hello")) === false);
});

test("pieces come in their order, one at a time", async (t) => {
  const { reader, writer } = shell(t, "cat");
  const said: string[] = [];
  for (const word of ["a", "b", "c"]) {
    writer.write(utf8(word));
    said.push(latin1((await reader.read())!));
  }
  deepEqual(said, ["a", "b", "c"]);
});
