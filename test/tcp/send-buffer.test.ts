import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SendBuffer } from "../../src/tcp/send-buffer.ts";

test("within one piece nothing is copied, across pieces it is", () => {
  const buffer = new SendBuffer();
  const hello = Buffer.from("hello");
  const world = Buffer.from(", world");
  buffer.append(hello);
  buffer.append(world);
  const inside = buffer.slice(6, 4);
  equal(Buffer.from(inside).toString(), " wor");
  equal(inside.buffer, world.buffer);
  equal(Buffer.from(buffer.slice(3, 5)).toString(), "lo, w");
  equal(buffer.slice(3, 0).length, 0);
});

test("how many bytes lie in one piece", () => {
  const buffer = new SendBuffer();
  for (const length of [5, 7]) buffer.append(new Uint8Array(length));
  deepEqual(
    [0, 4, 5, 11].map((at) => buffer.runAt(at)),
    [5, 1, 7, 1],
  );
});

test("nothing is nothing", () => {
  const buffer = new SendBuffer();
  buffer.append(new Uint8Array(0));
  equal(buffer.length, 0);
  buffer.release(0);
  buffer.append(Uint8Array.of(1));
  deepEqual(buffer.slice(0, 1), Uint8Array.of(1));
});

test("whatever is written, read and released, it is the same as in one piece", () => {
  const deed = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("append" as const), n: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), n: fc.nat(100) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("slice" as const), n: fc.nat(1000), length: fc.nat(50) }) },
  );
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 300 }), (deeds) => {
      const buffer = new SendBuffer();
      const all: number[] = [];
      for (const one of deeds) {
        if (one.do === "append") {
          const bytes = Uint8Array.from({ length: one.n }, (_, i) => all.length + i);
          buffer.append(bytes);
          all.push(...bytes);
        } else if (one.do === "release") buffer.release(Math.min(buffer.end, buffer.start + one.n));
        else if (buffer.length > 0) {
          const at = buffer.start + (one.n % buffer.length);
          const length = Math.min(one.length, buffer.end - at);
          deepEqual([...buffer.slice(at, length)], all.slice(at, at + length));
          let run = buffer.runAt(at);
          deepEqual([...buffer.slice(at, run)], all.slice(at, at + run));
          run++;
          if (at + run <= buffer.end) deepEqual([...buffer.slice(at, run)], all.slice(at, at + run));
        }
        equal(buffer.end, all.length);
      }
    }),
  );
});
