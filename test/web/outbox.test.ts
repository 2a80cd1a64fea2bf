import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../src/socket/socket.ts";
import { Outbox } from "../../src/web/outbox.ts";

/** A socket that notes how much it was given at a time. */
function noting(full?: Promise<void>) {
  const writes: number[] = [];
  const socket = {
    write(bytes: Uint8Array) {
      writes.push(bytes.length);
      return full;
    },
  } as Partial<Socket> as Socket;
  return { writes, outbox: new Outbox(socket) };
}

test("short pieces go together, when they are told to go", () => {
  const { writes, outbox } = noting();
  for (const length of [100, 20, 3]) outbox.put(new Uint8Array(length));
  deepEqual(writes, []);
  outbox.flush();
  outbox.flush();
  deepEqual(writes, [123]);
});

test("a long piece goes at once, uncopied, after what was before it", () => {
  const { writes, outbox } = noting();
  outbox.put(new Uint8Array(100));
  outbox.put(new Uint8Array(100_000));
  deepEqual(writes, [100, 100_000]);
});

test("many short pieces do not pile up", () => {
  const { writes, outbox } = noting();
  for (let i = 0; i < 100; i++) outbox.put(new Uint8Array(1000));
  equal(writes.length, 1);
});

test("it says when the peer cannot keep up", () => {
  const full = Promise.resolve();
  const { outbox } = noting(full);
  equal(outbox.put(new Uint8Array(10)), undefined);
  equal(outbox.put(new Uint8Array(100_000)), full);
});

test("it is empty when nothing waits, here or in the socket; where that cannot tell, it never is", () => {
  for (const isFlushed of [true, false, undefined]) {
    const outbox = new Outbox({ write: () => undefined, isFlushed } as Partial<Socket> as Socket);
    equal(outbox.isEmpty, isFlushed === true);
    outbox.put(new Uint8Array(10));
    equal(outbox.isEmpty, false);
    outbox.flush();
    equal(outbox.isEmpty, isFlushed === true);
  }
});
