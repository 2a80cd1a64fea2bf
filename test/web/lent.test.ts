import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../src/socket/socket.ts";
import { Lent } from "../../src/web/lent.ts";

/** A socket that remembers what it was given back. */
function carrier() {
  const back: Uint8Array[] = [];
  return { back, recycle: (bytes: Uint8Array) => void back.push(bytes) } as unknown as Socket & { back: Uint8Array[] };
}

/** A reader that has read everything. */
const READ = { looksInto: () => false };

test("large pieces go back, once", () => {
  const [lent, socket] = [new Lent(), carrier()];
  const piece = new Uint8Array(64 * 1024);
  lent.add(piece);
  lent.add(new Uint8Array(100));
  lent.giveBack(socket, READ);
  lent.giveBack(socket, READ);
  deepEqual(
    socket.back.map((bytes) => bytes === piece),
    [true],
  );
});

test("who reads and reads and gives nothing back does not gather it all", () => {
  const [lent, socket] = [new Lent(), carrier()];
  for (let i = 0; i < 100; i++) lent.add(new Uint8Array(64 * 1024));
  lent.giveBack(socket, READ);
  equal(socket.back.length, 8);
});

test("a carrier may have no use for it", () => {
  const lent = new Lent();
  lent.add(new Uint8Array(64 * 1024));
  lent.giveBack({} as Socket, READ);
});

test("what the reader has still before it stays, and goes back later", () => {
  const [lent, socket] = [new Lent(), carrier()];
  const [first, last] = [new Uint8Array(64 * 1024), new Uint8Array(64 * 1024)];
  lent.add(first);
  lent.add(last);
  lent.giveBack(socket, { looksInto: (buffer) => buffer === last.buffer });
  equal(socket.back.length, 1);
  equal(socket.back[0], first);
  lent.giveBack(socket, READ);
  equal(socket.back[1], last);
});
