import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReceiveBuffer } from "../../src/tcp/receive-buffer.ts";

test("a lone piece comes as it is, and is a copy: the frame it came in is wanted back", () => {
  const buffer = new ReceiveBuffer();
  const bytes = Uint8Array.of(1, 2, 3);
  buffer.append(bytes);
  bytes.fill(0);
  deepEqual([...buffer.read()!], [1, 2, 3]);
  equal(buffer.read(), undefined);
  equal(buffer.length, 0);
});

test("what comes while something waits is put together, so that who reads gets much at once", () => {
  const buffer = new ReceiveBuffer();
  for (let i = 0; i < 100; i++) buffer.append(new Uint8Array(1460));
  let pieces = 0;
  while (buffer.read() !== undefined) pieces++;
  ok(pieces < 10, `${pieces} pieces`);
});

test("no piece that was read is written to any more", () => {
  const buffer = new ReceiveBuffer();
  buffer.append(Uint8Array.of(1));
  buffer.append(Uint8Array.of(2));
  buffer.read();
  const second = buffer.read()!;
  buffer.append(Uint8Array.of(3));
  deepEqual([...second], [2]);
  deepEqual([...buffer.read()!], [3]);
});

test("whatever is appended and read, the bytes are the same", () => {
  const lengths = fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(70_000));
  fc.assert(
    fc.property(fc.array(fc.oneof(lengths, fc.constant("read")), { maxLength: 60 }), (deeds) => {
      const buffer = new ReceiveBuffer();
      let said = 0;
      let heard = 0;
      for (const one of deeds) {
        if (typeof one === "number") {
          buffer.append(Uint8Array.from({ length: one }, (_, i) => (said + i) % 251));
          said += one;
        } else {
          const bytes = buffer.read();
          for (const byte of bytes ?? []) equal(byte, heard++ % 251);
        }
        equal(buffer.length, said - heard);
      }
      buffer.clear();
      equal(buffer.length, 0);
      equal(buffer.read(), undefined);
    }),
    { numRuns: 50 },
  );
});
