import { deepEqual, equal } from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { written } from "../../src/commands/written.ts";

test("it waits until who reads has room, and hears when he has left", async () => {
  const heard: string[] = [];
  let next = (_?: Error): void => {};
  const slow = new Writable({
    write: (bytes, _, done) => {
      heard.push(String(bytes));
      next = done;
    },
  });
  slow.on("error", () => {});

  let isWritten: boolean | undefined;
  const writing = written("hello", slow).then((result) => (isWritten = result));
  await new Promise(setImmediate);
  deepEqual([heard, isWritten], [["hello"], undefined]);
  next();
  equal(await writing, true);

  const last = written(new Uint8Array([33]), slow);
  next(new Error("EPIPE"));
  equal(await last, false);
  equal(await written("anybody?", slow), false);
});
