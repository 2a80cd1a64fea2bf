import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { borrow, bufferToRead, giveBack, readNextInto, SHARED, writeOff } from "../../src/socket/read-buffers.ts";

test("a new connection reads into the buffer of all", () => {
  equal(bufferToRead(), SHARED);
});

test("after a read it goes on with the one it has, or with the one it was told", () => {
  readNextInto(undefined);
  equal(bufferToRead(), undefined);
  const own = borrow()!;
  readNextInto(own);
  equal(bufferToRead(), own);
  equal(bufferToRead(), SHARED);
  giveBack(own);
});

test("what comes back is lent again", () => {
  const own = borrow()!;
  equal(giveBack(own.subarray(0, 10)), true);
  const again = borrow()!;
  equal(again.buffer, own.buffer);
  giveBack(again);
});

test("what is no buffer of ours, or not the beginning of one, is not taken", () => {
  const own = borrow()!;
  equal(giveBack(new Uint8Array(100)), false);
  equal(giveBack(SHARED), false);
  equal(giveBack(own.subarray(1)), false);
  giveBack(own);
});

test("so many at once and no more, until some come back or are written off", () => {
  const all: Buffer[] = [];
  for (let own = borrow(); own !== undefined; own = borrow()) all.push(own);
  equal(all.length, 128);
  writeOff(1);
  const one = borrow();
  notEqual(one, undefined);
  equal(borrow(), undefined);
  for (const own of all.slice(1)) giveBack(own);
  giveBack(one!);
});
