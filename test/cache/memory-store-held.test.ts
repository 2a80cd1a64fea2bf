import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import {
  bufferWeight,
  bytesOf,
  hold,
  holdJoined,
  lengthOf,
  readFrom,
  sizeOf,
} from "../../src/cache/memory-store-held.ts";
import { Pieces } from "../../src/cache/memory-store-pieces.ts";
import { contentOf } from "../stores/contract.ts";

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

for (const [size, form] of [
  [0, "text"],
  [1024, "text"],
  [1025, "a buffer"],
  [100_000, "a buffer"],
] as const) {
  test(`${size} bytes are held as ${form}`, () => {
    const content = contentOf(size, size);
    const held = hold({ first: 0, bytes: bufferOf(content) });
    equal(typeof held === "string" ? "text" : held instanceof ArrayBuffer ? "a buffer" : "pieces", form);
    equal(lengthOf(held), size);
    equal(sizeOf(held), size);
    ok(Buffer.from(bytesOf(held)!).equals(content));
    if (size > 0) ok(Buffer.from(readFrom(held, 1, size - 1) as Uint8Array).equals(content.subarray(1)));
    ok(bufferWeight(held) >= (form === "text" ? 0 : size));
  });
}

test("a part is held in pieces, until it is the whole", () => {
  const content = contentOf(1, 500);
  const part = hold({ first: 100, bytes: bufferOf(content.subarray(100, 200)) }, 500);
  ok(part instanceof Pieces);
  deepEqual([lengthOf(part), sizeOf(part), bytesOf(part)], [500, 100, undefined]);
  const more = holdJoined({ first: 0, bytes: bufferOf(content.subarray(0, 100)) }, part)!;
  deepEqual([lengthOf(more), sizeOf(more)], [500, 200]);
  const whole = holdJoined({ first: 200, bytes: bufferOf(content.subarray(200)) }, more)!;
  equal(typeof whole, "string");
  ok(Buffer.from(bytesOf(whole)!).equals(content));
  // To what is whole nothing is added.
  equal(holdJoined({ first: 0, bytes: new ArrayBuffer(10) }, whole), whole);
});

test("what begins later than the beginning is a part, even if nobody says how long the whole is", () => {
  const held = hold({ first: 10, bytes: new ArrayBuffer(5) });
  deepEqual([lengthOf(held), sizeOf(held)], [15, 5]);
  // Nor is it shorter than what is there.
  equal(lengthOf(hold({ first: 10, bytes: new ArrayBuffer(5) }, 3)), 15);
});
