import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Stored } from "../../src/cache/store.ts";
import { Room, SharedFilling } from "../../src/stores/shared-filling.ts";
import { contentOf, KIB, readOn, torn } from "./contract.ts";

const STORED = {} as Stored;

function house(budget = 1024 * KIB, maxObject = 512 * KIB) {
  const room = new Room(budget, maxObject);
  const kept: { content: Buffer; length: number | undefined }[] = [];
  let isWanted = true;
  return {
    room,
    kept,
    close: () => void (isWanted = false),
    filling: (size?: number, joined = 0) =>
      new SharedFilling({
        room,
        size,
        joined,
        isWanted: () => isWanted,
        keep: async (blocks, length) => {
          kept.push({ content: Buffer.concat(blocks), length });
          return STORED;
        },
      }),
  };
}

test("whatever its size, announced or not, all that came can be read and is kept", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(200 * KIB), fc.option(fc.nat(200 * KIB), { nil: undefined }), async (size, announced) => {
      const { filling, kept } = house();
      const one = filling(announced);
      const content = contentOf(size, size);
      for (const piece of torn(content, size)) equal(one.write(piece), true);
      equal(one.size, size);
      ok((await readOn(one, 0)).equals(content));
      if (size > 0) ok((await readOn(one, Math.floor(size / 2))).equals(content.subarray(Math.floor(size / 2))));
      equal(await one.end(size + 1), STORED);
      ok(kept[0]!.content.equals(content));
      equal(kept[0]!.length, size + 1);
      // Who has read to here may read on.
      ok((await readOn(one, 0)).equals(content));
    }),
    { numRuns: 50 },
  );
});

test("more than an object may have is refused, with what it is joined to", async () => {
  const { filling, kept } = house(1024 * KIB, 100);
  const one = filling(undefined, 40);
  equal(one.write(new Uint8Array(60)), true);
  equal(one.write(new Uint8Array(1)), false);
  equal(one.write(new Uint8Array(0)), false);
  equal((await readOn(one, 0)).length, 60);
  equal(await one.end(), undefined);
  deepEqual(kept, []);
});

test("all together take no more than the budget, and give it back", async () => {
  const { filling, room } = house(64 * KIB);
  const four = [filling(), filling(), filling(), filling()];
  for (const one of four) equal(one.write(new Uint8Array(1)), true);
  equal(room.hasLeft(1), false);
  equal(filling().write(new Uint8Array(1)), false);
  // There is still room in the block that it has.
  equal(four[0]!.write(new Uint8Array(15 * KIB)), true);
  equal(four[0]!.write(new Uint8Array(15 * KIB)), false);
  four[0]!.abort();
  four[0]!.abort();
  equal(filling().write(new Uint8Array(1)), true);
  await four[1]!.end();
  equal(filling().write(new Uint8Array(1)), true);
  equal(room.hasLeft(1), false);
});

test("a short one that is announced takes little", () => {
  const { filling, room } = house(10 * KIB);
  for (let i = 0; i < 10; i++) equal(filling(500).write(new Uint8Array(500)), true);
  equal(room.hasLeft(1), false);
});

test("what is aborted, or ended, is over", async () => {
  const { filling, kept } = house();
  const aborted = filling();
  aborted.write(Uint8Array.of(1));
  aborted.abort();
  equal(aborted.write(Uint8Array.of(2)), false);
  equal(await aborted.end(), undefined);
  const ended = filling();
  await ended.end();
  equal(ended.write(Uint8Array.of(1)), false);
  equal(await ended.end(), undefined);
  ended.abort();
  equal(kept.length, 1);
});

test("when the store is closed, nothing more is wanted", () => {
  const { filling, close } = house();
  const one = filling();
  equal(one.write(Uint8Array.of(1)), true);
  close();
  equal(one.write(Uint8Array.of(1)), false);
});
